"""OpenAI's error answers: its words for each fault and for requests of the wrong shape, and its envelope."""

import json
from collections.abc import Callable, Mapping

from llm.simulator.faults.catalogue import Fault, FaultName
from llm.simulator.http.exchange import InvalidRequest, Stamp, WireAnswer, WireError
from llm.simulator.shape import FieldType, Path, json_type

_INVALID = "invalid_request_error"
_ORGANISATION = "org-SimSimSimSimSimSimSimSim"
_KINDS = {
    FieldType.STRING: "a string",
    FieldType.INTEGER: "an integer",
    FieldType.NUMBER: "a decimal",
    FieldType.BOOLEAN: "a boolean",
    FieldType.ARRAY: "an array",
    FieldType.OBJECT: "an object",
    FieldType.STRING_OR_ARRAY: "one of a string or array of objects",
}


def _credit(fault: Fault, model: str) -> WireError:
    if fault.variant == "spend_limit":
        return invalid("Billing hard limit has been reached", code="billing_hard_limit_reached")
    text = (
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    return WireError(status=429, type="insufficient_quota", code="insufficient_quota", message=text)


def _rate_limited(fault: Fault, model: str) -> WireError:
    text = (
        f"Rate limit reached for {model} in organization {_ORGANISATION} on tokens per min (TPM): "
        "Limit 30000, Used 29937, Requested 385."
    )
    headers = {"x-ratelimit-remaining-tokens": "63"}
    if fault.retry_after is not None:
        text += f" Please try again in {fault.retry_after:g}s."
        headers |= {
            "retry-after": f"{fault.retry_after:g}",
            "retry-after-ms": f"{fault.retry_after * 1000:.0f}",
            "x-ratelimit-reset-tokens": f"{fault.retry_after:g}s",
        }
    text += " Visit https://platform.openai.com/account/rate-limits to learn more."
    return WireError(status=429, type="tokens", code="rate_limit_exceeded", message=text, headers=headers)


def _sorry(status: int, start: str) -> WireError:
    text = (
        f"{start} You can retry your request, or contact us through our help center at help.openai.com "
        "if the error persists."
    )
    return WireError(status=status, type="server_error", message=text)


def _permission(fault: Fault, model: str) -> WireError:
    text = f"Project `proj_SimSimSimSim` does not have access to model `{model}`"
    return WireError(status=403, type=_INVALID, code="model_not_found", message=text)


_CONTEXT = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 141209 tokens. "
    "Please reduce the length of the messages."
)
_FLAGGED = (
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a "
    "different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting"
)
_FAULTS: Mapping[FaultName, Callable[[Fault, str], WireError]] = {
    FaultName.CREDIT: _credit,
    FaultName.RATE_LIMITED: _rate_limited,
    FaultName.SERVER_ERROR: lambda fault, model: _sorry(
        500, "The server experienced an error while processing your request. Sorry about that!"
    ),
    FaultName.UNAVAILABLE: lambda fault, model: WireError(
        status=503, type="server_error", message="The engine is currently overloaded, please try again later"
    ),
    FaultName.OVERLOADED: lambda fault, model: _sorry(503, "That model is currently overloaded with other requests."),
    FaultName.WRONG_KEY: lambda fault, model: wrong_key(),
    FaultName.PERMISSION: _permission,
    FaultName.MODEL_NOT_FOUND: lambda fault, model: no_model(model),
    FaultName.CONTEXT_LENGTH: lambda fault, model: invalid(_CONTEXT, code="context_length_exceeded", param="messages"),
    FaultName.CONTENT_FILTERED: lambda fault, model: invalid(_FLAGGED, code="invalid_prompt"),
    FaultName.INVALID_REQUEST: lambda fault, model: invalid(
        "Invalid 'messages[0]'. Content blocks are expected to be either text or image_url type.",
        code="invalid_value",
        param="messages[0]",
    ),
}


def for_fault(fault: Fault, model: str) -> WireError:
    """Raises KeyError for a fault that is no error answer."""
    return _FAULTS[fault.name](fault, model)


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> WireError:
    return WireError(status=400, type=_INVALID, message=message, code=code, param=param)


def wrong_key() -> WireError:
    text = "Incorrect API key provided: sk-****. You can find your API key at https://platform.openai.com/account/api-keys."
    return WireError(status=401, type=_INVALID, code="invalid_api_key", message=text)


def no_key() -> WireError:
    text = (
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY)."
    )
    return WireError(status=401, type=_INVALID, message=text)


def no_model(model: str) -> WireError:
    text = f"The model `{model}` does not exist or you do not have access to it."
    return WireError(status=404, type=_INVALID, code="model_not_found", message=text)


class OpenAIComplaints:
    """Shape errors as OpenAI words them."""

    def unknown(self, path: Path) -> InvalidRequest:
        place = bracketed(path)
        return InvalidRequest(invalid(f"Unknown parameter: '{place}'.", code="unknown_parameter", param=place))

    def missing(self, path: Path) -> InvalidRequest:
        place = bracketed(path)
        return InvalidRequest(
            invalid(f"Missing required parameter: '{place}'.", code="missing_required_parameter", param=place)
        )

    def wrong_type(self, path: Path, kind: FieldType, value: object) -> InvalidRequest:
        place, found = bracketed(path), json_type(value)
        article = "an" if found[0] in "aio" else "a"
        text = f"Invalid type for '{place}': expected {_KINDS[kind]}, but got {article} {found} instead."
        return InvalidRequest(invalid(text, code="invalid_type", param=place))


def bracketed(path: Path) -> str:
    """`messages[0].content`, as OpenAI writes places."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def envelope(refusal: WireError) -> bytes:
    error = {"message": refusal.message, "type": refusal.type, "param": refusal.param, "code": refusal.code}
    return json.dumps({"error": error}).encode()


def headers(stamp: Stamp) -> dict[str, str]:
    return {
        "x-request-id": f"req_{stamp.token}",
        "openai-organization": _ORGANISATION,
        "openai-processing-ms": "1",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "10000000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "9999000",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-reset-tokens": "40ms",
    }


def refuse(refusal: WireError, stamp: Stamp) -> WireAnswer:
    return WireAnswer(status=refusal.status, headers={**headers(stamp), **refusal.headers}, body=envelope(refusal))
