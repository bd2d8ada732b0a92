"""What is left of a provider's limits now: the vendor's last reading, what came back since, and what we asked since.

Each dialect has its own rule. Anthropic gives back all the time, counts no cached input and no answer that is not
written yet (https://platform.claude.com/docs/en/api/rate-limits). OpenAI gives back all the time, and takes a request's
`max_tokens` at its beginning (https://platform.openai.com/docs/guides/rate-limits). Gateways with `RateLimit` headers
give back all at once (IETF draft-ietf-httpapi-ratelimit-headers). Gemini says nothing: there the limit is learned from
its refusals, and counted against our own requests of the last minute.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from llm.core.capacity.readings import Reading, Readings, Refill
from llm.core.capacity.sample import Ending, Sample
from llm.core.capacity.snapshot import Headroom

WINDOW_S = 60.0
"""A vendor without headers is counted over so many seconds."""
STALE_S = 3600.0
"""An older reading says nothing of what is left."""
REGROWTH = 1.1
REGROWTH_S = 600.0
"""A learned limit is raised by a tenth for every ten minutes without a refusal: it may have been others' traffic that
used the limit up, or the vendor may have raised it."""


class Asked(NamedTuple):
    """What was asked of a provider in one second: `slot` is its Unix time. Tokens of input are estimates."""

    slot: int
    requests: int = 0
    input_tokens: int = 0
    max_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedLimit:
    """A limit of requests a minute that a refusal showed. `at`: Unix seconds of the refusal."""

    rpm: float
    at: float

    def now(self, at: float) -> float:
        """The limit as it is taken to be `at` Unix seconds."""
        return float(self.rpm * REGROWTH ** int(max(0.0, at - self.at) / REGROWTH_S))


def asked_since(histories: Iterable[Iterable[Asked]], moment: float) -> Asked:
    """The sum of what was asked after `moment` (Unix seconds). Each history is one worker's, the newest first."""
    requests = input_tokens = max_tokens = 0
    for history in histories:
        for one in history:
            if one.slot <= moment:
                break
            requests += one.requests
            input_tokens += one.input_tokens
            max_tokens += one.max_tokens
    return Asked(int(moment), requests, input_tokens, max_tokens)


def learned_limit(known: LearnedLimit | None, sample: Sample, own_requests: int, at: float) -> LearnedLimit | None:
    """The limit after one more attempt. Only a refusal without headers shows one: that which it names, or our own
    requests of the last minute (`own_requests`), less the refused one."""
    if sample.ending is not Ending.THROTTLED or sample.readings is not None:
        return known
    return LearnedLimit(rpm=max(1.0, sample.limit_rpm or own_requests - 1.0), at=at)


def counted_from(readings: Readings | None, at: float) -> float:
    """The moment since which our own requests count: the reading's, or a minute ago without one."""
    return at - WINDOW_S if readings is None or at - readings.at >= STALE_S else readings.at


def requests_left(readings: Readings | None, limit: LearnedLimit | None, asked: Asked, at: float) -> Headroom | None:
    """What is left of the requests; None when nothing is known of a limit. `asked` counts since `counted_from`."""
    if readings is not None and at - readings.at < STALE_S:
        return _left(readings.requests, at - readings.at, asked.requests) if readings.requests else None
    if limit is None:
        return None
    most = limit.now(at)
    return Headroom(left=max(0.0, most - asked.requests), limit=most)


def tokens_left(readings: Readings | None, asked: Asked, at: float, *, cached_share: float = 0.0) -> Headroom | None:
    """What is left of the tokens; None when the vendor says nothing of them. `asked` counts since `counted_from`."""
    if readings is None or readings.tokens is None or at - readings.at >= STALE_S:
        return None
    spent = asked.input_tokens * (1.0 - cached_share if readings.spares_cache else 1.0)
    if readings.reserves:
        spent += asked.max_tokens
    return _left(readings.tokens, at - readings.at, spent)


def is_used_up(readings: Readings | None) -> bool:
    """Whether a reading reports a limit of which nothing is left."""
    return readings is not None and any(
        one is not None and one.left < 1 for one in (readings.requests, readings.tokens)
    )


def _left(reading: Reading, age_s: float, spent: float) -> Headroom:
    left = reading.left
    if reading.refill is Refill.STEADY:
        left += reading.per_s * age_s
    elif reading.resets_in_s is not None and age_s >= reading.resets_in_s:
        left = reading.limit
    return Headroom(left=max(0.0, min(left, reading.limit) - spent), limit=reading.limit)
