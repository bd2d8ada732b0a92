"""Reads the headers in which vendors say what is left of their limits, each dialect by its own rule."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import NamedTuple

from llm.core.capacity.readings import Reading, Readings, Refill
from llm.core.failures.retry_after import seconds_until


class _Limit(NamedTuple):
    """The headers of one limit of `unit` (requests or tokens), and how it comes back."""

    unit: str
    left: str
    limit: str
    reset: str
    refill: Refill = Refill.STEADY


def _anthropic(unit: str, bucket: str) -> _Limit:
    family = f"anthropic-ratelimit-{bucket}"
    return _Limit(unit, f"{family}-remaining", f"{family}-limit", f"{family}-reset")


def _openai(unit: str, bucket: str) -> _Limit:
    return _Limit(unit, f"x-ratelimit-remaining-{bucket}", f"x-ratelimit-limit-{bucket}", f"x-ratelimit-reset-{bucket}")


_LIMITS = (
    _anthropic("requests", "requests"),
    _anthropic("tokens", "tokens"),
    _anthropic("tokens", "input-tokens"),
    _anthropic("tokens", "output-tokens"),
    _openai("requests", "requests"),
    _openai("requests", "requests-minute"),
    _openai("requests", "requests-day"),
    _openai("requests", "req-minute"),
    _openai("tokens", "tokens"),
    _openai("tokens", "tokens-minute"),
    _Limit("requests", "ratelimit-remaining", "ratelimit-limit", "ratelimit-reset", Refill.AT_ONCE),
    _Limit("requests", "x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset", Refill.AT_ONCE),
)
"""OpenAI's are also those of Azure, Groq, Fireworks and xAI. Cerebras has `-requests-day` and `-tokens-minute`, Mistral
`-req-minute` and `-tokens-minute`, OpenRouter the last ones."""
_BY_LEFT = {limit.left: limit for limit in _LIMITS}


def readings_of(headers: Mapping[str, str], now: datetime) -> Readings | None:
    """What the headers of an answer say; None when they say nothing. Header names are lower case.

    Of several limits the one of which the smallest share is left counts. Limits without a size or with numbers that
    are none are left out.
    """
    named = [name for name in headers if "ratelimit-" in name]
    if not named:
        return None
    tightest: dict[str, tuple[float, float, float, _Limit]] = {}
    for name in named:
        limit = _BY_LEFT.get(name)
        if limit is None:
            continue
        left, most = _number(headers[name]), _number(headers.get(limit.limit, ""))
        if left is None or not most:
            continue
        share = left / most
        if limit.unit not in tightest or share < tightest[limit.unit][0]:
            tightest[limit.unit] = (share, left, most, limit)
    if not tightest:
        return None
    readings = {
        unit: Reading(
            left=min(left, most), limit=most, resets_in_s=_resets_in_s(limit, headers, now), refill=limit.refill
        )
        for unit, (_, left, most, limit) in tightest.items()
    }
    is_anthropic = any(name.startswith("anthropic-") for name in named)
    return Readings(
        at=now.timestamp(),
        requests=readings.get("requests"),
        tokens=readings.get("tokens"),
        reserves=not is_anthropic,
        spares_cache=is_anthropic,
    )


def _resets_in_s(limit: _Limit, headers: Mapping[str, str], now: datetime) -> float | None:
    text = headers.get(limit.reset)
    seconds = None if text is None else seconds_until(text, now)
    return seconds if seconds is not None and isfinite(seconds) and seconds > 0 else None


def _number(text: str) -> float | None:
    try:
        number = float(text[:40])
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
