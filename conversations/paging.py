"""Where a page of conversations ends, as a text that clients hand back. Pure; newest first, so no row comes twice."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

_FORM = re.compile(r"([0-9a-f]{1,14})-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(ValueError):
    """The text is no cursor of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last conversation of the page before."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.created_at - _EPOCH) // timedelta(microseconds=1):x}-{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor that was written as `text`; raises BadCursor."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise BadCursor(text)
        # Fourteen hexadecimal digits end in the year 4253, well within what a datetime can hold.
        return cls(created_at=_EPOCH + timedelta(microseconds=int(match[1], 16)), id=UUID(match[2]))
