"""Google's error answers: the Gemini API's words for each fault and for requests of the wrong shape, and
its envelope."""

import json
from collections.abc import Callable, Mapping

from llm.simulator.faults.catalogue import Fault, FaultName
from llm.simulator.http.exchange import InvalidRequest, Json, WireAnswer, WireError, WireRoute
from llm.simulator.shape import FieldType, Path

CONTENT_TYPE = "application/json; charset=UTF-8"
COMMON_HEADERS = {
    "vary": "Origin, X-Origin, Referer",
    "server": "scaffolding on HTTPServer2",
    "x-content-type-options": "nosniff",
}
_RPC = "type.googleapis.com/google.rpc."
_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. "
    "For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)
_HELP: Json = {
    "@type": f"{_RPC}Help",
    "links": [
        {
            "description": "Learn more about Gemini API quotas",
            "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
        }
    ],
}
_PREPAID = (
    "Your prepayment credits are depleted. "
    "Please go to AI Studio at https://ai.studio/projects to manage your project and billing."
)


def _quota_failure(quota_id: str, metric: str, value: str, model: str) -> Json:
    violation = {
        "quotaMetric": f"generativelanguage.googleapis.com/{metric}",
        "quotaId": quota_id,
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": value,
    }
    return {"@type": f"{_RPC}QuotaFailure", "violations": [violation]}


def _credit(fault: Fault, model: str) -> WireError:
    if fault.variant != "daily":
        return WireError(status=429, type="RESOURCE_EXHAUSTED", message=_PREPAID)
    failure = _quota_failure(
        "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "generate_content_free_tier_requests",
        "250",
        model,
    )
    return WireError(status=429, type="RESOURCE_EXHAUSTED", message=_QUOTA, details=(failure, _HELP))


def _rate_limited(fault: Fault, model: str) -> WireError:
    metric = "generate_content_paid_tier_input_token_count"
    failure = _quota_failure("GenerateContentPaidTierInputTokensPerModelPerMinute", metric, "10000", model)
    text = f"{_QUOTA}\n* Quota exceeded for metric: generativelanguage.googleapis.com/{metric}, limit: 10000"
    details: tuple[Json, ...] = (failure, _HELP)
    if fault.retry_after is not None:
        text += f"\nPlease retry in {fault.retry_after:g}s."
        details += ({"@type": f"{_RPC}RetryInfo", "retryDelay": f"{fault.retry_after:g}s"},)
    return WireError(status=429, type="RESOURCE_EXHAUSTED", message=text, details=details)


_INTERNAL = "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
_BUSY = (
    "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later."
)
_FAULTS: Mapping[FaultName, Callable[[Fault, str], WireError]] = {
    FaultName.CREDIT: _credit,
    FaultName.RATE_LIMITED: _rate_limited,
    FaultName.SERVER_ERROR: lambda fault, model: WireError(status=500, type="INTERNAL", message=_INTERNAL),
    FaultName.UNAVAILABLE: lambda fault, model: WireError(
        status=503, type="UNAVAILABLE", message="The service is currently unavailable."
    ),
    FaultName.OVERLOADED: lambda fault, model: WireError(status=503, type="UNAVAILABLE", message=_BUSY),
    FaultName.WRONG_KEY: lambda fault, model: wrong_key(),
    FaultName.PERMISSION: lambda fault, model: WireError(
        status=403, type="PERMISSION_DENIED", message="The caller does not have permission"
    ),
    FaultName.MODEL_NOT_FOUND: lambda fault, model: no_model(model, "v1beta"),
    FaultName.CONTEXT_LENGTH: lambda fault, model: invalid(
        "The input token count (1200001) exceeds the maximum number of tokens allowed (1048576)."
    ),
    FaultName.CONTENT_FILTERED: lambda fault, model: invalid("The request was blocked by safety filters."),
    FaultName.INVALID_REQUEST: lambda fault, model: invalid("Request contains an invalid argument."),
}


def for_fault(fault: Fault, model: str) -> WireError:
    """Raises KeyError for a fault that is no error answer."""
    return _FAULTS[fault.name](fault, model)


def invalid(message: str, *details: Json) -> WireError:
    return WireError(status=400, type="INVALID_ARGUMENT", message=message, details=details)


def wrong_key() -> WireError:
    text = "API key not valid. Please pass a valid API key."
    reason = {
        "@type": f"{_RPC}ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    return invalid(text, reason, {"@type": f"{_RPC}LocalizedMessage", "locale": "en-US", "message": text})


def no_key() -> WireError:
    text = (
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API."
    )
    return WireError(status=403, type="PERMISSION_DENIED", message=text)


def no_model(model: str, version: str) -> WireError:
    text = (
        f"models/{model} is not found for API version {version}, or is not supported for generateContent. "
        "Call ModelService.ListModels to see the list of available models and their supported methods."
    )
    return WireError(status=404, type="NOT_FOUND", message=text)


class GeminiComplaints:
    """Shape errors as Google's JSON reader words them."""

    def unknown(self, path: Path) -> InvalidRequest:
        place = f" at '{dotted(path[:-1])}'" if len(path) > 1 else ""
        text = f'Invalid JSON payload received. Unknown name "{path[-1]}"{place}: Cannot find field.'
        return self._bad_request(text, dotted(path[:-1]))

    def missing(self, path: Path) -> InvalidRequest:
        return InvalidRequest(invalid(f"* GenerateContentRequest.{dotted(path)}: {path[-1]} is not specified\n"))

    def wrong_type(self, path: Path, kind: FieldType, value: object) -> InvalidRequest:
        text = f"Invalid value at '{dotted(path)}' (TYPE_{kind.name}), {json.dumps(value)[:80]}"
        return self._bad_request(text, dotted(path))

    def _bad_request(self, text: str, place: str) -> InvalidRequest:
        violation = {"field": place, "description": text}
        return InvalidRequest(invalid(text, {"@type": f"{_RPC}BadRequest", "fieldViolations": [violation]}))


def dotted(path: Path) -> str:
    """`contents[0].parts`, as Google writes places."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def envelope(refusal: WireError) -> bytes:
    error: Json = {"code": refusal.status, "message": refusal.message, "status": refusal.type}
    if refusal.details:
        error["details"] = list(refusal.details)
    return json.dumps({"error": error}, indent=2).encode()


def refuse(refusal: WireError, route: WireRoute | None) -> WireAnswer:
    """A stream that was asked for as a JSON array gets its error in an array too."""
    body = envelope(refusal)
    if route and route.as_array:
        body = b"[" + body + b"]"
    headers = {**COMMON_HEADERS, **refusal.headers}
    return WireAnswer(status=refusal.status, headers=headers, content_type=CONTENT_TYPE, body=body)
