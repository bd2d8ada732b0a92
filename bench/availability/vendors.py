"""The simulated vendors: what each answers at a moment of the year, and how long that takes.

What counts is the moment of the request: one that began before an outage is answered, one that met a silent vendor
stays without an answer.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from bench.availability.outages import Outage
from llm.core.failures.classify import classify
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.signal import Signal

ANSWER_S = 2.0
"""A normal answer."""
SHORT_ANSWER_S = 0.5
"""A probe's completion of 16 tokens."""
LIST_S = 0.3
"""A list of models."""
ERROR_S = 0.3
"""An error, from request to answer."""

OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
NO_CREDIT = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "Your credit balance is too low to access the Anthropic API. "
        "Please go to Plans & Billing to upgrade or purchase credits.",
    },
}
"""Claude's words, as in the corpus of vendors' answers; here every vendor uses them."""


class Shape(StrEnum):
    """How the vendors fail in a year."""

    ERRORS = "errors"
    """Every request is answered by 529, the list of models too."""
    SILENCE = "silence"
    """No request is answered, nor the list of models."""
    WALLET = "wallet"
    """Completions are refused for lack of credit; the list of models works."""


_ANSWERED_AT = datetime(2026, 1, 1, tzinfo=UTC)
FAILURES: Mapping[Shape, Failure] = {
    Shape.ERRORS: classify(Signal(status=529, body=OVERLOADED), now=_ANSWERED_AT),
    Shape.SILENCE: Failure(error_class=ErrorClass.TIMEOUT, message="no first token"),
    Shape.WALLET: classify(Signal(status=400, body=NO_CREDIT), now=_ANSWERED_AT),
}
"""As the gateway sees them."""


class Reply(NamedTuple):
    """What came of a request: after how many seconds, and the failure, if it is one."""

    seconds: float
    failure: Failure | None = None


class Vendors:
    """The vendors of one year, in the order in which they are asked; all fail in one shape."""

    def __init__(self, outages: Mapping[str, tuple[Outage, ...]], shape: Shape) -> None:
        self.names = tuple(outages)
        self.outages = outages
        self.shape = shape
        self._starts = {name: [outage.start for outage in each] for name, each in outages.items()}

    def is_out(self, name: str, time: float) -> bool:
        place = bisect_right(self._starts[name], time) - 1
        return place >= 0 and time < self.outages[name][place].end

    def all_out_s(self) -> float:
        """Seconds in which every vendor is out, so that no system can answer."""
        common = self.outages[self.names[0]]
        for name in self.names[1:]:
            common = tuple(
                Outage(max(one.start, other.start), min(one.end, other.end))
                for one in common
                for other in self.outages[name]
                if one.start < other.end and other.start < one.end
            )
        return sum(outage.end - outage.start for outage in common)

    def complete(self, name: str, time: float, *, limit_s: float, answer_s: float = ANSWER_S) -> Reply:
        """A request at `time`; the caller leaves a silent vendor after `limit_s`."""
        return self._failing(limit_s) if self.is_out(name, time) else Reply(answer_s)

    def list_models(self, name: str, time: float, *, limit_s: float) -> Reply:
        """The list of models, which is there without credit too."""
        if self.shape is Shape.WALLET or not self.is_out(name, time):
            return Reply(LIST_S)
        return self._failing(limit_s)

    def _failing(self, limit_s: float) -> Reply:
        return Reply(limit_s if self.shape is Shape.SILENCE else min(ERROR_S, limit_s), FAILURES[self.shape])
