"""What an account remembers of the requests it got. Keys are masked before anything is kept."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from llm.simulator.http.exchange import Json, Operation

_SECRET = frozenset({"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "key"})
_SHOWN = 4
_LEAST_TO_SHOW = 12


@dataclass(slots=True, kw_only=True)
class Recorded:
    """One request. `ask` is None for a path the vendor does not have; `status` None while unanswered or cut
    off.

    `fault` names the fault that struck; `abandoned` says that the caller went away before the end.
    """

    number: int
    method: str
    path: str
    ask: Operation | None
    model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    fault: str = ""
    status: int | None = None
    abandoned: bool = False

    @property
    def body(self) -> Any:
        """The parsed JSON, or the text when it is not JSON, or None when there was none."""
        if not self.raw:
            return None
        try:
            return json.loads(self.raw)
        except ValueError:
            return self.raw.decode("utf-8", "replace")

    def shown(self) -> Json:
        """For the control API."""
        found = {
            name: getattr(self, name) for name in ("number", "method", "path", "model", "fault", "status", "abandoned")
        }
        return {**found, "ask": self.ask, "headers": dict(self.headers), "body": self.body}


@dataclass(slots=True, kw_only=True)
class Counts:
    """Requests by what they asked for, whatever became of them; then how many a fault struck, and how many
    callers left early.

    `open` is the number being answered now.
    """

    plain: int = 0
    stream: int = 0
    count: int = 0
    models: int = 0
    balance: int = 0
    other: int = 0
    faulted: int = 0
    abandoned: int = 0
    open: int = 0

    @property
    def completions(self) -> int:
        return self.plain + self.stream

    def add(self, ask: Operation | None) -> None:
        name = ask.value if ask else "other"
        setattr(self, name, getattr(self, name) + 1)

    def shown(self) -> Json:
        return {"completions": self.completions, **asdict(self)}


def masked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case, secrets as `****` and their last four characters (none of a short one)."""
    return {name.lower(): _mask(value) if name.lower() in _SECRET else value for name, value in pairs}


def _mask(secret: str) -> str:
    scheme, space, token = secret.rpartition(" ")
    tail = token[-_SHOWN:] if len(token) >= _LEAST_TO_SHOW else ""
    return f"{scheme}{space}****{tail}"
