"""Fenced blocks taken out of a page."""

import pytest

from clients.snippets import Snippet, read

PAGE = """# Title

## curl

Words, and `inline code`.

```sh
curl one
## no heading in here

curl two
```

```
shown, not run
```

## Python

```python
print(1)
```
"""


def test_a_block_knows_its_heading_language_line_and_code() -> None:
    assert read(PAGE) == (
        Snippet(client="curl", language="sh", line=7, code="curl one\n## no heading in here\n\ncurl two\n"),
        Snippet(client="Python", language="python", line=20, code="print(1)\n"),
    )


def test_a_block_that_never_ends_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 never ends"):
        read("## curl\n```sh\ncurl one\n")
