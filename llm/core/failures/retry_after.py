"""Reads the wait that a vendor states, in headers, details and sentences of all vendors."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DAY_S = 86_400.0
LEAST_REST_S = 0.1
"""Publishing a rest to the other workers takes about as long."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY_S, "w": 7 * DAY_S}
_NUMBER = r"\d{1,18}(?:\.\d{1,18})?"
_PART = re.compile(
    rf"({_NUMBER})\s*(ms|milliseconds?|msecs?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"\s*(?:{_PART.pattern}[\s,]*(?:and\s+)?)+\.?\s*", re.IGNORECASE)
_PLAIN = re.compile(rf"\s*[+-]?(?:{_NUMBER}|\.\d+)(?:[eE][+-]?\d{{1,3}})?\s*")
_SPAN = rf"(?P<span>(?:{_NUMBER}\s*(?:ms|[a-z]+)[\s,]*(?:and\s+)?)+)"
_PROSE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:try|retry)(?: your request)? again (?:in|after) (?:about |approximately )?{_SPAN}",
        rf"\bplease (?:retry|wait)(?: your request)? (?:in |after |for )?(?:about |approximately )?{_SPAN}",
        rf"\b(?:retry|wait) (?:in|after|for) {_SPAN}",
        rf"\bresets? (?:in|after) {_SPAN}",
        r"\b(?:quota will be replenished in|quota will reset in|replenished in) (?P<clock>\d{1,3}:\d{2}:\d{2})",
    )
)
_DATED = re.compile(
    r"\b(?:regain access (?:on|at)|resets? (?:on|at)|try again (?:on|at|after)|retry after|available (?:on|at|again at)"
    r"|until|将在)\s*(?P<day>\d{4}-\d{2}-\d{2})(?:(?:\s+at\s+|[T\s]+)(?P<time>\d{2}:\d{2}(?::\d{2})?))?"
    r"(?:\.\d{1,9})?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def bounded(seconds: float, most: float = DAY_S) -> float | None:
    """`seconds` limited to between 0 and `most`; None for infinity and NaN."""
    return min(max(seconds, 0.0), most) if math.isfinite(seconds) else None


def seconds_in(text: str) -> float | None:
    """Parses a duration in seconds: "12", "1.5s", "6ms", "1m26.4s", "1h2m", "2 minutes".

    A bare number is in seconds. None when the whole of `text` is no duration.
    """
    text = text[:100]
    if _PLAIN.fullmatch(text):
        return bounded(float(text), math.inf)
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * _unit(unit) for number, unit in _PART.findall(text))


def _unit(word: str) -> float:
    word = word.lower()
    if word.startswith(("ms", "milli")):
        return _UNITS["ms"]
    return _UNITS[word[0]]


def wait_in_prose(text: str) -> float | None:
    """The wait in seconds in a sentence: "Please try again in 9m38.016s", "Please retry after 60 seconds"."""
    for pattern in _PROSE:
        for match in pattern.finditer(text[:5000]):
            groups = match.groupdict()
            if groups.get("clock"):
                hours, minutes, seconds = groups["clock"].split(":")
                return int(hours) * 3600.0 + int(minutes) * 60.0 + int(seconds)
            parts = _PART.findall(groups.get("span") or "")
            if parts:
                return sum(float(number) * _unit(unit) for number, unit in parts)
    return None


def date_in_prose(text: str) -> datetime | None:
    """The time in a sentence, in UTC: "You will regain access on 2026-12-01 at 00:00 UTC."

    A date without a zone counts as UTC.
    """
    match = _DATED.search(text[:5000])
    if match is None:
        return None
    zone = (match["zone"] or "Z").upper()
    zone = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
    return _moment(f"{match['day']}T{match['time'] or '00:00'}{zone}")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_milliseconds(value: str, now: datetime) -> float | None:
    return float(value) / 1000 if _PLAIN.fullmatch(value[:100]) else seconds_in(value)


def seconds_until(value: str, now: datetime) -> float | None:
    """Parses seconds, a duration, an HTTP date (RFC 9110, 10.2.3), RFC 3339, or an epoch in s or ms."""
    if value[4:5] == "-" and (moment := _moment(value)) is not None:  # the form that is dearest to find last
        return (moment - now).total_seconds()
    seconds = seconds_in(value)
    if seconds is not None:
        return _from_epoch(seconds, now) if seconds > 1e9 else seconds
    moment = _moment(value) or _http_date(value)
    return None if moment is None else (moment - now).total_seconds()


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _from_epoch(number: float, now: datetime) -> float:
    return (number / 1000 if number > 1e11 else number) - now.timestamp()


_DIRECT: tuple[tuple[str, Callable[[str, datetime], float | None]], ...] = (
    ("retry-after-ms", _from_milliseconds),
    ("x-ms-retry-after-ms", _from_milliseconds),
    ("retry-after", seconds_until),
)
"""Headers with the wait itself, the most precise first (OpenAI and Azure send milliseconds)."""

_RESETS = re.compile(
    r"(?P<family>anthropic-(?:priority-)?ratelimit|x-ratelimit|ratelimit)-(?:reset(?:-(?P<after>[\w-]+))?"
    r"|(?P<before>[\w-]+)-reset)"
)


def wait_in_direct_headers(headers: Mapping[str, str], now: datetime) -> float | None:
    """The wait in seconds of Retry-After and similar headers. Header names are lower case."""
    for name, read in _DIRECT:
        if name in headers:
            seconds = read(headers[name], now)
            if seconds is not None and math.isfinite(seconds):
                return seconds
    return None


def wait_in_reset_headers(headers: Mapping[str, str], now: datetime) -> float | None:
    """The longest reset of the empty buckets, in seconds. Other buckets cause no wait."""
    return max(_refills(headers, now), default=None)


_MAY_BE_ZERO = "0.+-"
"""How the number of an empty bucket may begin; nothing at all is looked into as well."""


def quota_resets_in_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the last bucket that a successful answer reports as empty is full; None without empty ones.

    Header names are lower case. Times count from the answer's own Date header, if present, which corrects
    a wrong local clock. Ignores rests below `LEAST_REST_S`, which end before other workers learn of them.
    Ignores rests of more than a day, which only broken headers have.
    """
    sent = _sent(headers, now)
    return max((rest for rest in _refills(headers, sent) if LEAST_REST_S <= rest <= DAY_S), default=None)


def _refills(headers: Mapping[str, str], now: datetime) -> list[float]:
    """The resets of the empty buckets, in seconds from `now`."""
    if not any("remaining" in name and value.lstrip()[:1] in _MAY_BE_ZERO for name, value in headers.items()):
        return []  # nearly every answer; the search below takes some twenty microseconds
    return [
        seconds
        for name, value in headers.items()
        if "reset" in name
        if (match := _RESETS.fullmatch(name)) and _is_empty(headers, match)
        if (seconds := seconds_until(value, now)) is not None and math.isfinite(seconds)
    ]


def _is_empty(headers: Mapping[str, str], match: re.Match[str]) -> bool:
    family, bucket = match["family"], match["after"] or match["before"]
    names = (f"{family}-remaining-{bucket}", f"{family}-{bucket}-remaining") if bucket else (f"{family}-remaining",)
    remaining = next((headers[name] for name in names if name in headers), "")
    return _PLAIN.fullmatch(remaining[:100]) is not None and float(remaining) <= 0


def stated_wait(
    headers: Mapping[str, str], retry_delay: str | None, texts: Iterable[str], now: datetime
) -> float | None:
    """The wait in seconds that an answer states, without bounds; None without one.

    Reads in this order: Retry-After headers, Google's RetryInfo, a duration in the text, a date in the text,
    reset headers of empty buckets. The text outranks reset headers: it refers to this refusal, they to a
    bucket. Times in headers count from the answer's own Date header, if present: they are the vendor's clock.
    """
    sent = _sent(headers, now)
    wait = wait_in_direct_headers(headers, sent)
    if wait is None and retry_delay:
        wait = seconds_in(retry_delay)
    texts = tuple(texts)
    if wait is None:
        wait = next((w for text in texts if (w := wait_in_prose(text)) is not None), None)
    if wait is None and (moment := stated_date(texts)):
        wait = (moment - now).total_seconds()
    return wait_in_reset_headers(headers, sent) if wait is None else wait


def _sent(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time of the answer by the vendor's clock, else `now`."""
    return _http_date(headers.get("date", "")) or now


def stated_date(texts: Iterable[str]) -> datetime | None:
    """The first time in one of the texts (UTC)."""
    return next((moment for text in texts if (moment := date_in_prose(text)) is not None), None)


def after(now: datetime, seconds: float) -> datetime | None:
    """The time `seconds` from now; None when it exceeds the range of datetime."""
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return None
