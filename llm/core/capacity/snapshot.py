"""What each provider can take now, as one worker knows it: the values by which strategies choose.

`llm.core.circuit` says whether a provider may be asked at all; this says how well it would do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class SizeClass(StrEnum):
    """The size of a request, by its estimated input: latencies of different sizes are kept apart."""

    SMALL = "small"
    """Fewer than 1,000 tokens."""
    MEDIUM = "medium"
    """Fewer than 10,000 tokens."""
    LARGE = "large"


def size_class(input_tokens: int) -> SizeClass:
    """The class of a request with so many input tokens."""
    if input_tokens < 1_000:
        return SizeClass.SMALL
    return SizeClass.MEDIUM if input_tokens < 10_000 else SizeClass.LARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Decayed quantiles of one measure, in seconds. `weight` is the decayed number of samples behind them."""

    p50: float
    p90: float
    p95: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What is left of one limit. `left` and `limit` are requests or tokens of the window."""

    left: float
    limit: float

    @property
    def ratio(self) -> float:
        """The share that is left, from 0 to 1."""
        return max(0.0, min(1.0, self.left / self.limit)) if self.limit > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What one provider can take now. None: nothing is known.

    `concurrency`: the learned limit of calls at once. `prices`: US dollars of one input, cached input and output token.
    """

    requests: Headroom | None = None
    tokens: Headroom | None = None
    in_flight: int = 0
    concurrency: float | None = None
    first_token: Mapping[SizeClass, Quantiles] = field(default_factory=dict)
    """Seconds to the first token, or to the whole answer of a plain call, less its output at `per_token`."""
    per_token: Quantiles | None = None
    """Seconds for each output token after the first."""
    input_usd: float | None = None
    cached_usd: float | None = None
    output_usd: float | None = None
    cached_share: float = 0.0
    """The share of input tokens that its cache served of late, from 0 to 1."""
    wallet_hours: float | None = None
    """Hours until its wallet is empty, at the present pace."""

    @property
    def headroom(self) -> float:
        """The smallest share left of requests, tokens and calls at once, from 0 to 1; 1 where nothing is known."""
        shares = [one.ratio for one in (self.requests, self.tokens) if one is not None]
        if self.concurrency:
            shares.append(max(0.0, 1.0 - self.in_flight / self.concurrency))
        return min(shares, default=1.0)


UNKNOWN = Capacity()

Capacities = Mapping[str, Capacity]
"""Provider's name -> its capacity. A provider that is not in it is `UNKNOWN`."""

NO_CAPACITIES: Capacities = MappingProxyType({})
