"""How a call can end without an answer: the exceptions that leave the gateway, each with its trail."""

from llm.core.calls import Answer, Trail
from llm.core.failures.policy import ErrorClass, Failure


class LLMError(Exception):
    """The root of everything that a caller of `llm.services` may have to catch."""


class UnknownModel(LLMError):
    """The asked-for model is no route, no provider's name and no model that a provider serves."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model {model!r} does not exist here.")
        self.model = model


class UnknownProvider(LLMError):
    """No provider of that name is configured."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no provider named {name!r}.")
        self.name = name


class CallError(LLMError):
    """A call that was made and recorded, but not answered."""

    def __init__(self, message: str, *, trail: Trail, request_id: str) -> None:
        super().__init__(message)
        self.trail = trail
        self.request_id = request_id


class NoAnswer(CallError):
    """Nobody could answer and the caller refused the static tier (HTTP 503).

    `retry_after_s` is the earliest moment, in seconds from now, at which a provider may be well.
    """

    def __init__(self, *, trail: Trail, request_id: str, retry_after_s: float) -> None:
        super().__init__("No provider can answer right now.", trail=trail, request_id=request_id)
        self.retry_after_s = retry_after_s


class RequestRejected(CallError):
    """The request itself is at fault, by a vendor's judgement (HTTP 422).

    `refusal` is the same as an answer, when it was the model itself that declined: OpenAI's clients
    expect that one.
    """

    def __init__(self, failure: Failure, *, trail: Trail, request_id: str, refusal: Answer | None = None) -> None:
        super().__init__(failure.message, trail=trail, request_id=request_id)
        self.failure = failure
        self.refusal = refusal

    @property
    def error_class(self) -> ErrorClass:
        return self.failure.error_class


class StreamBroken(CallError):
    """A stream that broke after content had gone out, and could not be completed."""

    def __init__(self, failure: Failure, *, trail: Trail, request_id: str) -> None:
        super().__init__("The answer was cut off by the provider.", trail=trail, request_id=request_id)
        self.failure = failure
