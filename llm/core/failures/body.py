"""Reads a vendor's error body, in any of the known envelopes, into one flat `Evidence`.

Reads only known fields, to keep the caller's text out of the evidence. Vendors and gateways echo that
text in other fields (`flagged_input`, `failed_generation`, `input`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from llm.core.failures.sentence import is_page, page_text, unwrap

_DEPTH = 6
_MESSAGES = ("message", "msg", "error_msg", "errormessage", "status_msg", "error_description", "title")
_STATUSES = ("code", "status", "status_code", "statuscode", "raw_status_code", "http_status", "http_code")
_CODES = ("code", "type", "__type", "error_code", "error_type", "errortype", "status", "reason")
_NO_CODES = frozenset({"", "error", "null", "none", "failure", "message", "ok", "0", "response.failed"})
_LARGEST_CODE = 10**9
_REQUESTS_A_MINUTE = re.compile(r"request.{0,40}per_?minute", re.IGNORECASE)
_QUOTAS = ("quotaid", "quota_limit", "quotametric", "quota_metric", "subject")


@dataclass(slots=True, kw_only=True)
class Evidence:
    """The facts in a body. `codes` and `messages` keep the vendor's spelling, innermost first."""

    codes: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    """Google's quota ids, limits and metrics."""
    quota_values: list[str] = field(default_factory=list)
    limit_rpm: float | None = None
    """The requests a minute of Google's quota, when it names one."""
    finishes: list[str] = field(default_factory=list)
    """Reasons why an answer ended or was blocked, from a body that is an answer."""
    param: str | None = None
    request_id: str | None = None
    retry_delay: str | None = None
    """Google's RetryInfo, such as "40s"."""
    headers: dict[str, str] = field(default_factory=dict)
    """Upstream headers that OpenRouter repeats in its body."""
    page: bool = False
    has_choices: bool = False


def read_body(body: object) -> Evidence:
    """Reads the evidence in `body`: parsed JSON of any shape, or text (JSON, server-sent events, HTML, plain)."""
    evidence = Evidence()
    _visit(body, evidence, 0)
    return evidence


def _visit(node: object, out: Evidence, depth: int) -> None:
    if depth > _DEPTH:
        return
    if isinstance(node, str):
        _visit_text(node, out, depth)
    elif isinstance(node, Mapping):
        _visit_mapping({str(key).strip().lower(): value for key, value in node.items()}, out, depth)
    elif isinstance(node, list):
        for item in node[:4]:
            if isinstance(item, Mapping):
                _visit(item, out, depth + 1)


def _visit_text(text: str, out: Evidence, depth: int) -> None:
    if is_page(text):
        out.page = True
        out.messages.append(page_text(text))
        return
    data = [line[5:].strip() for line in text.splitlines()[:50] if line.startswith("data:")]
    inner = unwrap(data[-1] if data else text)
    if inner.node is not None:
        _visit(inner.node, out, depth + 1)
    elif inner.text:
        out.messages.append(inner.text)
    out.codes.extend(inner.codes)
    if inner.status is not None:
        out.statuses.append(inner.status)


def _visit_mapping(node: Mapping[str, object], out: Evidence, depth: int) -> None:
    for key in ("error", "innererror", "provider_specific_fields", "response", "errors", "detail"):
        _visit_child(key, node.get(key), out, depth)
    _read_details(node.get("details"), out, depth)
    _read_metadata(node.get("metadata"), out, depth)
    _read_minimax(node.get("base_resp"), out)
    _read_answer(node, out)
    for key in _MESSAGES:
        if isinstance(value := node.get(key), str) and value.strip():
            _visit_text(value, out, depth + 1)
        elif isinstance(value, Mapping) and key == "message":
            _visit(value, out, depth + 1)
    for key in _CODES:
        _add_code(node.get(key), out)
    out.statuses.extend(s for key in _STATUSES if (s := _http_status(node.get(key))) is not None)
    out.param = out.param or _text(node.get("param"))
    out.request_id = out.request_id or _text(node.get("request_id")) or _text(node.get("requestid"))
    _read_stream_exception(node, out, depth)


def _visit_child(key: str, value: object, out: Evidence, depth: int) -> None:
    if key == "detail" and isinstance(value, list):
        out.messages.extend(_validation_messages(value))
    elif isinstance(value, Mapping | list) or (isinstance(value, str) and value.strip()):
        _visit(value, out, depth + 1)


def _validation_messages(items: list[object]) -> Iterable[str]:
    """Messages in FastAPI's form. `loc` and `msg` are the server's text; `input` is the caller's and is skipped."""
    for item in items[:3]:
        if isinstance(item, Mapping) and isinstance(item.get("msg"), str):
            loc = item.get("loc")
            path = ".".join(str(part) for part in loc) if isinstance(loc, list | tuple) else ""
            yield f"{path}: {item['msg']}" if path else str(item["msg"])


def _read_details(details: object, out: Evidence, depth: int) -> None:
    """Reads Google's google.rpc.Status details. Some keys begin with a blank (gemini-rate-003)."""
    if not isinstance(details, list):
        return
    for raw in details[:10]:
        if not isinstance(raw, Mapping):
            continue
        item = {str(key).strip().lower(): value for key, value in raw.items()}
        kind = str(item.get("@type", "")).rpartition(".")[2]
        if kind == "RetryInfo":
            out.retry_delay = _text(item.get("retrydelay"))
        elif kind == "QuotaFailure":
            violations = item.get("violations")
            for violation in violations[:20] if isinstance(violations, list) else ():
                _read_quota(violation, out)
        elif kind == "ErrorInfo":
            _add_code(item.get("reason"), out)
            _read_quota(item.get("metadata"), out)


def _read_quota(source: object, out: Evidence) -> None:
    if not isinstance(source, Mapping):
        return
    is_of_requests = False
    for raw, value in source.items():
        key = str(raw).strip().lower()
        if key in _QUOTAS and isinstance(value, str):
            out.quotas.append(value)
            is_of_requests = is_of_requests or _REQUESTS_A_MINUTE.search(value) is not None
        elif key in ("quotavalue", "quota_limit_value") and isinstance(value, str):
            out.quota_values.append(value)
            if is_of_requests and value.isdecimal() and len(value) < 10:
                out.limit_rpm = float(value)


def _read_metadata(metadata: object, out: Evidence, depth: int) -> None:
    """Reads OpenRouter's metadata: `raw` is the upstream's body, `headers` its headers."""
    if not isinstance(metadata, Mapping):
        return
    raw = metadata.get("raw")
    if isinstance(raw, Mapping) and isinstance(raw.get("data"), str):
        raw = raw["data"]
    if isinstance(raw, str | Mapping):
        _visit(raw, out, depth + 1)
    _add_code(metadata.get("error_type"), out)
    if isinstance(headers := metadata.get("headers"), Mapping):
        out.headers.update({str(key).lower(): _scalar(value) for key, value in headers.items()})


def _read_minimax(base: object, out: Evidence) -> None:
    if isinstance(base, Mapping) and base.get("status_code") not in (None, 0, "0"):
        _add_code(base["status_code"], out, prefix="minimax:")
        if isinstance(text := base.get("status_msg"), str):
            out.messages.append(text)


def _read_answer(node: Mapping[str, object], out: Evidence) -> None:
    """Reads why an answer is unusable, in the forms of Gemini, OpenAI, Anthropic and Bedrock."""
    if isinstance(feedback := node.get("promptfeedback"), Mapping) and feedback.get("blockReason"):
        out.finishes.append("blocked")
        out.messages.append(str(feedback.get("blockReasonMessage") or feedback["blockReason"]))
    for key in ("candidates", "choices"):
        items = node.get(key)
        if not isinstance(items, list):
            continue
        out.has_choices = out.has_choices or key == "choices"
        if items and isinstance(items[0], Mapping):
            _read_end(items[0], out)
    if isinstance(details := node.get("incomplete_details"), Mapping):
        out.finishes.append(_scalar(details.get("reason")).lower())
    for key in ("stop_reason", "stopreason"):
        if isinstance(reason := node.get(key), str):
            out.finishes.append(reason.lower())


def _read_end(item: Mapping[str, object], out: Evidence) -> None:
    """Reads the end of one candidate (Gemini) or choice (OpenAI)."""
    reason = item.get("finishReason") or item.get("finish_reason")
    if isinstance(reason, str):
        out.finishes.append(reason.lower())
        out.messages.append(_scalar(item.get("finishMessage")) or reason)
    if isinstance(message := item.get("message"), Mapping) and message.get("refusal"):
        out.finishes.append("refusal")


def _read_stream_exception(node: Mapping[str, object], out: Evidence, depth: int) -> None:
    """Reads Bedrock's stream events, whose key is the exception: {"throttlingException": {"message": …}}."""
    for key, value in node.items():
        if key.endswith("exception") and isinstance(value, Mapping):
            _visit(value, out, depth + 1)
            _add_code(key, out)


def _add_code(value: object, out: Evidence, prefix: str = "") -> None:
    """Adds the name in a code. AWS writes "com.amazon…#ThrottlingException" and "ValidationException:http://…"."""
    name = _scalar(value).rpartition("#")[2].partition(":")[0].strip()
    if name.lower() not in _NO_CODES and len(name) <= 80 and _http_status(name) is None:
        out.codes.append(prefix + name)


def _http_status(value: object) -> int | None:
    text = _scalar(value)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() and "400" <= text < "600" else None


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_CODE:
        return str(value)
    return ""


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None
