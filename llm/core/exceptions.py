"""The exceptions of calls that end without an answer."""

from collections.abc import Iterable
from datetime import datetime

from llm.core.calls import Answer, Trail
from llm.core.consumers.rights import Refused
from llm.core.failures.policy import ErrorClass, Failure


class LLMError(Exception):
    """The base of all exceptions that `llm.services` raises on purpose."""


MOST_NAMES = 20
"""So many names of what exists stand in an error."""


def names_there_are(known: Iterable[str]) -> str:
    """A sentence that names what exists, in its order: "There are: claude, gemini and 3 more."."""
    names = list(known)
    if not names:
        return "There are none."
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"There are: {', '.join(names[:MOST_NAMES])}{more}."


class UnknownModel(LLMError):
    """The requested model matches no route, no provider and no provider's model.

    `known`: the names that the caller may ask; a key's bounds hide the others.
    """

    def __init__(self, model: str, known: Iterable[str]) -> None:
        super().__init__(f"The model {model!r} does not exist here. {names_there_are(known)}")
        self.model = model


class UnknownProvider(LLMError):
    """The configuration has no provider with this name. `known`: the names that it has."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no provider named {name!r}. {names_there_are(known)}")
        self.name = name


class NotAllowed(LLMError):
    """The caller's key may not do this (HTTP 403). `field` names the bound of its rights that says so."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.sentence)
        self.field = refused.field


class NotChecked(LLMError):
    """The database could not be asked whether a key or a name is known: it is away or too slow (HTTP 503)."""

    def __init__(self) -> None:
        super().__init__("The database does not answer, so this could not be checked. Try again.")


class NotAdmitted(LLMError):
    """A call that limits or budgets do not admit. No vendor was asked, and there is no record of it."""


class LimitReached(NotAdmitted):
    """A consumer's limit (HTTP 429). `unit`: requests, tokens or at_once; `left` of `cap` is what it has room for."""

    def __init__(self, name: str, *, unit: str, cap: int, left: int, retry_after_s: float) -> None:
        what = "calls at once" if unit == "at_once" else f"{unit} a minute"
        super().__init__(f"The limit {name!r} of {cap} {what} is reached.")
        self.unit, self.cap, self.left, self.retry_after_s = unit, cap, left, retry_after_s


class BudgetExceeded(NotAdmitted):
    """A budget has no room for what the call may cost (HTTP 402). `renews_at`: None when time brings no renewal."""

    def __init__(self, name: str, *, renews_at: datetime | None, unpriced: bool = False) -> None:
        until = f" It renews at {renews_at:%Y-%m-%dT%H:%M:%SZ}." if renews_at else ""
        why = "allows only models with a known price" if unpriced else "has no room for this request"
        super().__init__(f"The budget {name!r} {why}.{until}")
        self.renews_at = renews_at


class LimitsUnavailable(NotAdmitted):
    """Limits or budgets apply, and the store that all workers share does not answer (HTTP 503)."""

    def __init__(self) -> None:
        super().__init__("Limits and budgets cannot be checked right now. Try again.")


class CallError(LLMError):
    """A recorded call without an answer."""

    def __init__(self, message: str, *, trail: Trail, request_id: str) -> None:
        super().__init__(message)
        self.trail = trail
        self.request_id = request_id


class NoAnswer(CallError):
    """No provider could answer, and the caller refused the static answer (HTTP 503).

    `retry_after_s`: seconds until a provider may answer again at the earliest.
    """

    def __init__(self, *, trail: Trail, request_id: str, retry_after_s: float) -> None:
        super().__init__("No provider can answer right now.", trail=trail, request_id=request_id)
        self.retry_after_s = retry_after_s


class RequestRejected(CallError):
    """Vendors rejected the request itself (HTTP 422), or none could be asked it (HTTP 400).

    `refusal` is set when the model declined, and holds the refusal as an answer: OpenAI's clients expect one.
    """

    def __init__(self, failure: Failure, *, trail: Trail, request_id: str, refusal: Answer | None = None) -> None:
        super().__init__(failure.message, trail=trail, request_id=request_id)
        self.failure = failure
        self.refusal = refusal

    @property
    def error_class(self) -> ErrorClass:
        return self.failure.error_class


class StreamBroken(CallError):
    """A stream broke after content was sent, and no provider could complete it."""

    def __init__(self, failure: Failure, *, trail: Trail, request_id: str) -> None:
        super().__init__("The answer was cut off by the provider.", trail=trail, request_id=request_id)
        self.failure = failure


class ReportUnavailable(LLMError):
    """A vendor's report of usage or costs could not be read. The message is for operators and holds no key."""
