"""What this worker learns of one provider, beside what the other workers have learned. Memory only; holds no lock."""

from dataclasses import dataclass

from llm.core.capacity import concurrency as calls_at_once
from llm.core.capacity.concurrency import NOTHING_KNOWN, Concurrency
from llm.core.capacity.decay import Weights, bin_of, faded, fading, merged, quantiles_of
from llm.core.capacity.headroom import (
    WINDOW_S,
    Asked,
    LearnedLimit,
    asked_since,
    counted_from,
    is_used_up,
    learned_limit,
    requests_left,
    tokens_left,
)
from llm.core.capacity.readings import Readings
from llm.core.capacity.sample import Ending, Flight, Sample
from llm.core.capacity.share import Share, newer, sum_of
from llm.core.capacity.snapshot import Capacity, Quantiles, SizeClass

SLOTS = 75
"""Seconds of which the number of our own requests is kept: a minute, and what the last reading may be older."""
FADE_S = 5.0
"""How often the weights are made less."""
QUANTILES_S = 1.0
"""How old the quantiles may be: they change slowly, and reading a histogram takes some microseconds."""
CAPACITY_S = 0.1
"""How old a capacity may be while nothing happens at its provider: limits come back with time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """US dollars of one token, and hours until the wallet is empty. None: unknown."""

    input_usd: float | None = None
    cached_usd: float | None = None
    output_usd: float | None = None
    wallet_hours: float | None = None


NO_MONEY = Money()


class Learning:
    """One provider. `at` is the present time in Unix seconds everywhere."""

    def __init__(self) -> None:
        self.money = NO_MONEY
        self.changed = False
        """Whether something was learned since `share`."""
        self._in_flight = 0
        self._readings: Readings | None = None
        self._limit: LearnedLimit | None = None
        self._known = NOTHING_KNOWN
        self._tier = ""
        self._asked: dict[int, Asked] = {}
        self._first: dict[SizeClass, Weights] = {}
        self._per_token: Weights = {}
        self._input_tokens = self._cached_tokens = 0.0
        self._faded_at = 0.0
        self._others = Share()
        self._first_quantiles: dict[SizeClass, Quantiles] = {}
        self._token_quantiles: Quantiles | None = None
        self._quantiles_at = 0.0
        self._capacity: Capacity | None = None
        self._capacity_at = 0.0

    @property
    def in_flight(self) -> int:
        """Calls under way at this worker."""
        return self._in_flight

    @property
    def tier(self) -> str:
        """The tier that served last."""
        return self._tier or self._others.tier

    def begin(self, at: float, *, input_tokens: int, max_tokens: int) -> Flight:
        """Counts a request that is about to be sent."""
        self._in_flight += 1
        slot = int(at)
        known = self._asked.get(slot)
        if known is None:
            self._asked[slot] = Asked(slot, 1, input_tokens, max_tokens)
            if len(self._asked) > SLOTS:
                del self._asked[next(iter(self._asked))]
        else:
            self._asked[slot] = Asked(
                slot, known.requests + 1, known.input_tokens + input_tokens, known.max_tokens + max_tokens
            )
        self.changed, self._capacity = True, None
        return Flight(
            at=at,
            in_flight=self._in_flight + self._others.in_flight,
            input_tokens=input_tokens,
            max_tokens=max_tokens,
        )

    def end(self, flight: Flight, sample: Sample, at: float) -> None:
        """Learns from a request that has ended."""
        self._in_flight = max(0, self._in_flight - 1)
        self.changed, self._capacity = True, None
        sample = self._with_first(sample)
        readings = sample.readings
        empty = readings is not None and is_used_up(readings)
        self._known = calls_at_once.learned(self._concurrency, flight, sample, empty=empty, at=at)
        if readings is not None:
            self._readings = readings
        if sample.ending is Ending.THROTTLED:
            own = asked_since((reversed(self._asked.values()), self._others.asked), at - WINDOW_S)
            self._limit = learned_limit(self._limit, sample, own.requests, at)
        elif sample.ending is Ending.ANSWERED:
            self._count(sample, at)
        elif sample.ending is Ending.HEDGED:
            self._count_first(sample)

    def _with_first(self, sample: Sample) -> Sample:
        """A plain answer came at once: its first token is the whole time, less what its tokens usually take."""
        if sample.first_s is not None or sample.ending is not Ending.ANSWERED:
            return sample
        usual = self._token_quantiles
        written_s = usual.p50 * sample.output_tokens if usual is not None else 0.0
        return sample._replace(first_s=max(sample.whole_s - written_s, 0.1 * sample.whole_s), output_tokens=0)

    def _count(self, sample: Sample, at: float) -> None:
        if at - self._faded_at >= FADE_S:
            self._fade(at)
        self._count_first(sample)
        if (per_token_s := sample.per_token_s) is not None:
            place = bin_of(per_token_s)
            self._per_token[place] = self._per_token.get(place, 0.0) + 1.0
        self._input_tokens += sample.input_tokens
        self._cached_tokens += min(sample.cached_tokens, sample.input_tokens)
        self._tier = sample.tier

    def _count_first(self, sample: Sample) -> None:
        if sample.first_s is not None:
            weights = self._first.setdefault(sample.size, {})
            place = bin_of(sample.first_s)
            weights[place] = weights.get(place, 0.0) + 1.0

    def _fade(self, at: float) -> None:
        age_s, self._faded_at = at - self._faded_at, at
        self._first = {size: faded(weights, age_s) for size, weights in self._first.items()}
        self._per_token = faded(self._per_token, age_s)
        self._input_tokens *= fading(age_s)
        self._cached_tokens *= fading(age_s)

    @property
    def _concurrency(self) -> Concurrency:
        """What was learned last, here or elsewhere."""
        others = self._others.concurrency
        return others if others.since > self._known.since else self._known

    def share(self, at: float) -> Share:
        """This worker's part, for the others."""
        self._fade(at)
        self.changed = False
        return Share(
            at=at,
            in_flight=self._in_flight,
            readings=self._readings,
            limit=self._limit,
            concurrency=self._known,
            tier=self._tier,
            asked=tuple(one for one in reversed(self._asked.values()) if one.slot > at - WINDOW_S),
            first={size: _rounded(weights) for size, weights in self._first.items()},
            per_token=_rounded(self._per_token),
            input_tokens=round(self._input_tokens, 1),
            cached_tokens=round(self._cached_tokens, 1),
        )

    def hear(self, shares: list[Share], at: float) -> None:
        """Takes over what the other workers have learned."""
        self._others = sum_of(shares, at)
        self._quantiles_at, self._capacity = 0.0, None

    def capacity(self, at: float) -> Capacity:
        """What the provider can take now."""
        if self._capacity is None or at - self._capacity_at > CAPACITY_S:
            self._capacity, self._capacity_at = self._new_capacity(at), at
        return self._capacity

    def _new_capacity(self, at: float) -> Capacity:
        if at - self._quantiles_at > QUANTILES_S:
            self._read_quantiles(at)
        others, money = self._others, self.money
        readings = newer(self._readings, others.readings)
        limit = newer(self._limit, others.limit)
        asked = asked_since((reversed(self._asked.values()), others.asked), counted_from(readings, at))
        cached_share = self._cached_share()
        return Capacity(
            requests=requests_left(readings, limit, asked, at),
            tokens=tokens_left(readings, asked, at, cached_share=cached_share),
            in_flight=self._in_flight + others.in_flight,
            concurrency=self._concurrency.limit,
            first_token=self._first_quantiles,
            per_token=self._token_quantiles,
            input_usd=money.input_usd,
            cached_usd=money.cached_usd,
            output_usd=money.output_usd,
            cached_share=cached_share,
            wallet_hours=money.wallet_hours,
        )

    def _cached_share(self) -> float:
        total = self._input_tokens + self._others.input_tokens
        return (self._cached_tokens + self._others.cached_tokens) / total if total > 0 else 0.0

    def _read_quantiles(self, at: float) -> None:
        self._fade(at)
        others, self._quantiles_at = self._others, at
        self._first_quantiles = {}
        for size in SizeClass:
            parts = [of for of in (self._first.get(size), others.first.get(size)) if of]
            if (
                quantiles := quantiles_of(merged(parts) if len(parts) > 1 else parts[0]) if parts else None
            ) is not None:
                self._first_quantiles[size] = quantiles
        self._token_quantiles = quantiles_of(merged((self._per_token, others.per_token)))


def _rounded(weights: Weights) -> Weights:
    return {place: round(weight, 2) for place, weight in weights.items()}
