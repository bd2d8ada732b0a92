"""Fields of a request that no reader knows: named in the answer, or refused when the caller asked for strictness."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from llm.api.chat.fields import bad

MOST_NAMES = 32
LONGEST_NAME = 80
"""Characters. The names go into a response header."""


@dataclass(slots=True, kw_only=True)
class UnknownFields:
    """What one request holds beyond the known fields. With `strict` the first one is a 400.

    `names` are paths without places, such as `messages.content.colour`. `fault` is the dialect's own sentence, with
    `{name}` in it; `code` its code.
    """

    fault: str
    code: str = "invalid_request"
    strict: bool = False
    names: set[str] = field(default_factory=set)

    def note(self, item: Mapping[str, Any], known: Collection[str], path: str = "") -> None:
        """Notes the fields of `item` outside `known`; null counts as absent. Raises ApiError 400 when strict."""
        for name in sorted(name for name, value in item.items() if name not in known and value is not None):
            full = f"{path}.{name}" if path else name
            if self.strict:
                raise bad(full, self.fault.format(name=name), code=self.code)
            if len(self.names) < MOST_NAMES:
                self.names.add(_plain(full))


def _plain(path: str) -> str:
    """The path without places, in characters that a header takes."""
    path = re.sub(r"\[\d+\]|\.\d+(?=\.|$)", "", path)
    return re.sub(r"[^A-Za-z0-9_.$@-]", "?", path)[:LONGEST_NAME]
