"""Anthropic's error answers: its words for each fault and for requests of the wrong shape, and its
envelope."""

import json
from collections.abc import Callable, Mapping

from llm.simulator.faults.catalogue import Fault, FaultName
from llm.simulator.http.exchange import InvalidRequest, Stamp, WireAnswer, WireError
from llm.simulator.shape import FieldType, Path

_INVALID = "invalid_request_error"
_KINDS = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.ARRAY: "list",
    FieldType.OBJECT: "dictionary",
    FieldType.STRING_OR_ARRAY: "list",
}


def _rate_limited(fault: Fault, model: str) -> WireError:
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    text = "This request would exceed your account's rate limit. Please try again later."
    return WireError(status=429, type="rate_limit_error", message=text, headers=headers)


def _credit(fault: Fault, model: str) -> WireError:
    if fault.variant == "spend_limit":
        text = "You have reached your specified API usage limits. You will regain access on 2099-01-01 at 00:00 UTC."
    else:
        text = (
            "Your credit balance is too low to access the Anthropic API. "
            "Please go to Plans & Billing to upgrade or purchase credits."
        )
    return invalid(text)


def _permission(fault: Fault, model: str) -> WireError:
    text = "Your API key does not have permission to use the specified resource."
    return WireError(status=403, type="permission_error", message=text)


_OVERLOADED = WireError(status=529, type="overloaded_error", message="Overloaded", headers={"x-should-retry": "true"})
_FAULTS: Mapping[FaultName, Callable[[Fault, str], WireError]] = {
    FaultName.CREDIT: _credit,
    FaultName.RATE_LIMITED: _rate_limited,
    FaultName.SERVER_ERROR: lambda fault, model: WireError(
        status=500, type="api_error", message="Internal server error", headers={"x-should-retry": "true"}
    ),
    FaultName.UNAVAILABLE: lambda fault, model: WireError(
        status=503,
        type="api_error",
        message="The service is temporarily unavailable. Please try again later.",
    ),
    FaultName.OVERLOADED: lambda fault, model: _OVERLOADED,
    FaultName.WRONG_KEY: lambda fault, model: wrong_key(),
    FaultName.PERMISSION: _permission,
    FaultName.MODEL_NOT_FOUND: lambda fault, model: no_model(model),
    FaultName.CONTEXT_LENGTH: lambda fault, model: invalid("prompt is too long: 208310 tokens > 200000 maximum"),
    FaultName.CONTENT_FILTERED: lambda fault, model: invalid("Output blocked by content filtering policy"),
    FaultName.INVALID_REQUEST: lambda fault, model: invalid("messages.0.content: Input should be a valid list"),
}


def for_fault(fault: Fault, model: str) -> WireError:
    """Raises KeyError for a fault that is no error answer."""
    return _FAULTS[fault.name](fault, model)


def invalid(message: str) -> WireError:
    return WireError(status=400, type=_INVALID, message=message)


def wrong_key() -> WireError:
    return WireError(status=401, type="authentication_error", message="invalid x-api-key")


def no_model(model: str) -> WireError:
    return WireError(status=404, type="not_found_error", message=f"model: {model}")


class ClaudeComplaints:
    """Shape errors as Anthropic's validation words them: `messages.0.content: Field required`."""

    def unknown(self, path: Path) -> InvalidRequest:
        return self._at(path, "Extra inputs are not permitted")

    def missing(self, path: Path) -> InvalidRequest:
        return self._at(path, "Field required")

    def wrong_type(self, path: Path, kind: FieldType, value: object) -> InvalidRequest:
        return self._at(path, f"Input should be a valid {_KINDS[kind]}")

    def _at(self, path: Path, text: str) -> InvalidRequest:
        return InvalidRequest(invalid(f"{'.'.join(str(step) for step in path)}: {text}"))


def envelope(refusal: WireError, stamp: Stamp) -> bytes:
    error = {"type": refusal.type, "message": refusal.message}
    return json.dumps({"type": "error", "error": error, "request_id": request_id(stamp)}).encode()


def request_id(stamp: Stamp) -> str:
    return f"req_01{stamp.token}"


def refuse(refusal: WireError, stamp: Stamp) -> WireAnswer:
    headers = {"request-id": request_id(stamp), **refusal.headers}
    return WireAnswer(status=refusal.status, headers=headers, body=envelope(refusal, stamp))
