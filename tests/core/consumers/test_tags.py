"""The tags of a request."""

import pytest

from llm.core.consumers.tags import BadTags, read_tags


def test_tags_of_header_and_body_are_read_once_each() -> None:
    assert read_tags(["app:shop, eu-west", "eu-west,v1.2"]) == ("app:shop", "eu-west", "v1.2")
    assert read_tags(["", " , "]) == ()


@pytest.mark.parametrize("text", ["a b", "<script>", "é", "-x", "x" * 65, ",".join(f"t{i}" for i in range(11))])
def test_a_bad_tag_is_refused(text: str) -> None:
    with pytest.raises(BadTags):
        read_tags([text])
