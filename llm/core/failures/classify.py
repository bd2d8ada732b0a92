"""Classifies one failed answer: turns a signal into a failure.

The order of the evidence: the transport, structured details, decisive codes, the first words of the
vendor's sentence, the error type, the HTTP status, the vague error types, the status's family. The
consequences of each class: `policy.POLICIES`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from llm.core.failures.body import Evidence, read_body
from llm.core.failures.context_window import stated_window
from llm.core.failures.limit_headers import readings_of
from llm.core.failures.masking import mask_secrets
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.retry_after import DAY_S, after, bounded, stated_date, stated_wait
from llm.core.failures.rules.codes import DECISIVE
from llm.core.failures.rules.codes_request import DECISIVE_REQUEST
from llm.core.failures.rules.phrases_access import AUTH, MODEL, PERMISSION
from llm.core.failures.rules.phrases_account import CAPACITY, CREDIT, LIMITS
from llm.core.failures.rules.phrases_request import FILTER, LENGTH, LONG_CONTEXT, OUTPUT, PORTABLE
from llm.core.failures.rules.rule import CodeRule, PhraseRule
from llm.core.failures.rules.types import CALLER_STATUSES, FINISHES, PAGE_STATUSES, STATUSES, TYPES, VAGUE
from llm.core.failures.signal import Signal, Transport

PHRASES: tuple[PhraseRule, ...] = (
    *LONG_CONTEXT,
    *AUTH,
    *PERMISSION,
    *CREDIT,
    *CAPACITY,
    *FILTER,
    *LENGTH,
    *OUTPUT,
    *PORTABLE,
    *MODEL,
    *LIMITS,
)
"""All rules for sentences, in the order of trial."""

_CODES: Mapping[str, CodeRule] = DECISIVE | DECISIVE_REQUEST

_TRANSPORTS: dict[Transport, ErrorClass] = {
    Transport.CONNECT_TIMEOUT: ErrorClass.TIMEOUT,
    Transport.READ_TIMEOUT: ErrorClass.TIMEOUT,
    Transport.REFUSED: ErrorClass.CONNECTION,
    Transport.RESET: ErrorClass.CONNECTION,
    Transport.DNS: ErrorClass.CONNECTION,
    Transport.TLS: ErrorClass.CONNECTION,
    Transport.ADDRESS_REFUSED: ErrorClass.PERMISSION,
    Transport.CUT: ErrorClass.BAD_RESPONSE,
    Transport.INVALID_JSON: ErrorClass.BAD_RESPONSE,
    Transport.EMPTY_BODY: ErrorClass.BAD_RESPONSE,
}
_UNREADABLE = frozenset({Transport.CUT, Transport.INVALID_JSON, Transport.EMPTY_BODY})
"""Failures after an answer arrived: an HTTP error status then says more than the failure of the body."""

GENERIC = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter", "unsupportedparamserror"})

_REQUEST_IDS = ("request-id", "x-request-id", "x-amzn-requestid", "apim-request-id")
_EXCEPTIONS = ("x-amzn-errortype", ":exception-type", ":error-code")
_DAILY = re.compile(r"per[-_ ]?(?:day|week|month)|daily|monthly", re.IGNORECASE)
_BLOCK_PAGE = re.compile(r"(?:attention required!|access denied|sorry, you have been blocked)", re.IGNORECASE)
_REQUIRED = re.compile(r"(?:messages|model|input|contents|prompt)\b", re.IGNORECASE)
_LONGEST_MESSAGE = 500
_SHORTEST_BLOCK_S = 60.0
"""With exhausted credit, a shorter wait comes from a rate limit's header and sets no date."""
_LONGEST_WAIT_S = 31 * DAY_S
_WITH_WAIT = frozenset(
    {ErrorClass.RATE_LIMITED, ErrorClass.CREDIT_EXHAUSTED, ErrorClass.OVERLOADED, ErrorClass.SERVER_ERROR}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    error_class: ErrorClass
    code: str | None = None
    portable: bool = False
    parameter: str | None = None


def classify(signal: Signal, *, now: datetime) -> Failure:
    """Classifies `signal`. `now`, aware and UTC, turns dates in the answer into waits.

    Raises no exception for any body.
    """
    evidence = read_body(signal.body)
    if not signal.body and signal.message:
        evidence = read_body(signal.message)
    evidence.codes.extend(_exception_names(signal.headers))
    status = _status(signal, evidence)
    verdict = _judge(signal, evidence, status)
    wait, until = _times(signal, evidence, verdict.error_class, now)
    message = _message(signal, evidence)
    too_long = verdict.error_class is ErrorClass.CONTEXT_LENGTH
    return Failure(
        error_class=verdict.error_class,
        message=message,
        http_status=status if status is not None else signal.status,
        vendor_code=_clean_code(verdict.code or next(iter(evidence.codes), None)),
        vendor_request_id=_request_id(signal.headers, evidence),
        retry_after_s=wait,
        until=until,
        parameter=_parameter(verdict, evidence),
        context_window=stated_window(message) if too_long else None,
        limits=readings_of(signal.headers, now) if signal.headers else None,
        limit_rpm=evidence.limit_rpm if verdict.error_class is ErrorClass.RATE_LIMITED else None,
    )


def _status(signal: Signal, evidence: Evidence) -> int | None:
    """The status for the classification: HTTP's when it is an error, else the body's."""
    if signal.status is not None and signal.status >= 400:
        return signal.status
    return next(iter(evidence.statuses), None)


def _judge(signal: Signal, evidence: Evidence, status: int | None) -> _Verdict:
    transport = signal.transport
    if transport and (transport not in _UNREADABLE or status is None):
        return _Verdict(error_class=_TRANSPORTS[transport])
    if evidence.page:
        return _Verdict(error_class=_page_class(evidence, status))
    return (
        _by_payment(status)
        or _by_quota(evidence, status)
        or _by_decisive_code(evidence, status)
        or _by_phrase(evidence, status)
        or _by_finish(evidence)
        or _by_broken_answer(signal, evidence, status)
        or _by_code(TYPES, evidence)
        or _by_status(STATUSES, status)
        or _by_code(VAGUE, evidence)
        or _Verdict(error_class=_family(signal, status))
    )


def _by_payment(status: int | None) -> _Verdict | None:
    """402 means exhausted credit, even when the body has another type (deepseek-credit-001: invalid_request_error)."""
    return _Verdict(error_class=ErrorClass.CREDIT_EXHAUSTED) if status == 402 else None


def _by_quota(evidence: Evidence, status: int | None) -> _Verdict | None:
    """Google names the exceeded quotas. A daily one outranks those of a minute (gemini-credit-001)."""
    if not evidence.quotas or status not in (429, 403, None):
        return None
    if any(code.lower() in _CODES for code in evidence.codes):
        return None
    spent = any(_DAILY.search(quota) for quota in evidence.quotas) or "0" in evidence.quota_values
    error_class = ErrorClass.CREDIT_EXHAUSTED if spent else ErrorClass.RATE_LIMITED
    return _Verdict(error_class=error_class)


def _by_code(table: Mapping[str, CodeRule], evidence: Evidence) -> _Verdict | None:
    for code in evidence.codes:
        if rule := table.get(code.lower()):
            return _Verdict(error_class=rule.error_class, code=code, portable=rule.portable)
    return None


def _by_decisive_code(evidence: Evidence, status: int | None) -> _Verdict | None:
    """A decisive code. For a generic code, such as one for unsupported values, a matching sentence outranks it."""
    verdict = _by_code(_CODES, evidence)
    if verdict is None or (verdict.code or "").lower() not in GENERIC:
        return verdict
    return _by_phrase(evidence, status) or verdict


def _by_phrase(evidence: Evidence, status: int | None) -> _Verdict | None:
    for text in evidence.messages:
        sentence = " ".join(text[:4000].replace("\u2019", "'").split())
        for rule in PHRASES:
            match = rule.pattern.match(sentence)
            if match and (rule.statuses is None or status in rule.statuses):
                parameter = match.groupdict().get("parameter")
                return _Verdict(error_class=rule.error_class, portable=rule.portable, parameter=parameter)
    return None


def _by_finish(evidence: Evidence) -> _Verdict | None:
    for finish in evidence.finishes:
        if error_class := FINISHES.get(finish):
            return _Verdict(error_class=error_class, code=finish)
    return None


def _by_broken_answer(signal: Signal, evidence: Evidence, status: int | None) -> _Verdict | None:
    """A chunk of a streamed answer with a 4xx: the vendor had accepted the request (openrouter-badresp-001)."""
    if signal.streaming and evidence.has_choices and status in CALLER_STATUSES:
        return _Verdict(error_class=ErrorClass.BAD_RESPONSE)
    return None


def _by_status(table: Mapping[int, ErrorClass], status: int | None) -> _Verdict | None:
    error_class = table.get(status) if status is not None else None
    return None if error_class is None else _Verdict(error_class=error_class)


def _family(signal: Signal, status: int | None) -> ErrorClass:
    if status is None:
        if signal.transport:
            return _TRANSPORTS[signal.transport]
        return ErrorClass.UNKNOWN if signal.status is None else ErrorClass.BAD_RESPONSE
    if status in CALLER_STATUSES:
        return ErrorClass.INVALID_REQUEST
    return ErrorClass.SERVER_ERROR if 500 <= status < 600 else ErrorClass.UNKNOWN


def _page_class(evidence: Evidence, status: int | None) -> ErrorClass:
    """The class of an HTML page, which an edge or a proxy sends. With status 200 it is an unusable answer."""
    if status is None:
        return ErrorClass.BAD_RESPONSE
    if status == 403 and any(_BLOCK_PAGE.match(text) for text in evidence.messages):
        return ErrorClass.PERMISSION
    if status in PAGE_STATUSES:
        return PAGE_STATUSES[status]
    if status in CALLER_STATUSES:
        return ErrorClass.INVALID_REQUEST
    return ErrorClass.SERVER_ERROR if status >= 500 else ErrorClass.UNKNOWN


def _times(
    signal: Signal, evidence: Evidence, error_class: ErrorClass, now: datetime
) -> tuple[float | None, datetime | None]:
    """The wait in seconds and, for exhausted credit and quotas, the time of their return."""
    if error_class not in _WITH_WAIT:
        return None, None
    headers = evidence.headers | {name.lower(): value for name, value in signal.headers.items()}
    wait = stated_wait(headers, evidence.retry_delay, evidence.messages, now)
    spent = error_class is ErrorClass.CREDIT_EXHAUSTED
    until = stated_date(evidence.messages) if spent else None
    if wait is None:
        return None, until
    wait = bounded(wait, _LONGEST_WAIT_S if spent else DAY_S)
    if spent and until is None and wait is not None and wait >= _SHORTEST_BLOCK_S and not evidence.quotas:
        # With a daily quota, Google's RetryInfo refers to the minute's quota, so it sets no date.
        until = after(now, wait)
    return wait, until


def _exception_names(headers: Mapping[str, str]) -> list[str]:
    """The exceptions' names in AWS headers, such as "ValidationException:http://internal.amazon.com/coral/…"."""
    return [headers[name].partition(":")[0].strip() for name in _EXCEPTIONS if headers.get(name)]


def _request_id(headers: Mapping[str, str], evidence: Evidence) -> str | None:
    request_id = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)
    return request_id[:200] if request_id else evidence.request_id


def _parameter(verdict: _Verdict, evidence: Evidence) -> str | None:
    """The refused parameter, when the request can omit it."""
    name = verdict.parameter or evidence.param
    return name if verdict.portable and name and not _REQUIRED.match(name) else None


def _message(signal: Signal, evidence: Evidence) -> str:
    text = next((text for text in evidence.messages if text.strip()), "") or signal.message
    # A lone surrogate would break every writer of the record.
    text = text[:4000].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return mask_secrets(" ".join(text.split()))[:_LONGEST_MESSAGE]


def _clean_code(code: str | None) -> str | None:
    return mask_secrets(code.encode("utf-8", "replace").decode())[:80] if code else None
