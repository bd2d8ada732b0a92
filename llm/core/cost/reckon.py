"""Reckons a cost: tokens by part, times their rates."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from llm.core.chat.response import Usage
from llm.core.cost.factors import NORMAL
from llm.core.cost.parts import FREE_UNITS, REQUESTS, Part, split
from llm.core.cost.value import NANO_DOLLAR, Cost

NOTHING = Cost(usd=None)
"""The cost of an attempt without reported tokens: it may have been billed, so it is unknown and not zero."""

PLAIN = {Part.CACHE_READ: Part.INPUT, Part.CACHE_READ_AUDIO: Part.INPUT_AUDIO}
"""Where the tokens of a read would stand without the cache."""


def reckon(
    usage: Usage,
    rate: Callable[[Part], Decimal | None],
    unit_rate: Callable[[str], Decimal | None],
    *,
    version: str,
    factor: Decimal = NORMAL,
    request: Decimal | None = None,
    estimated: bool = False,
) -> Cost:
    """The cost of `usage`. `rate` is dollars a million tokens of a part, `unit_rate` dollars a thousand uses of a tool.

    `factor` multiplies the tokens' rates; `request` is dollars for the request itself. What has no rate is left out,
    and makes the cost `unpriced`; the sum is None when nothing is left.
    """
    parts: list[tuple[str, Decimal]] = []
    unpriced = False
    used_tokens = split(usage)
    for part, tokens in used_tokens:
        if (dollars := rate(part)) is None:
            unpriced = True
        else:
            used = dollars * tokens if factor is NORMAL else dollars * tokens * factor
            parts.append((part.value, used.scaleb(-6)))
    for name, uses in usage.units:
        if uses <= 0 or name in FREE_UNITS:
            continue
        if (dollars := unit_rate(name)) is None:
            unpriced = True
        else:
            parts.append((name, (dollars * uses).scaleb(-3)))
    if request:
        parts.append((REQUESTS, request))
    if not parts:
        return Cost(usd=None, unpriced=unpriced, estimated=estimated)
    usd = sum((dollars for _, dollars in parts), Decimal(0)).quantize(NANO_DOLLAR)
    return Cost(
        usd=usd,
        parts=tuple(parts),
        price_version=version,
        unpriced=unpriced,
        estimated=estimated,
        saved_usd=_saved(used_tokens, rate, factor) if usage.cached else Decimal(0),
    )


def _saved(
    tokens_by_part: Iterable[tuple[Part, int]], rate: Callable[[Part], Decimal | None], factor: Decimal
) -> Decimal:
    saved = Decimal(0)
    for part, tokens in tokens_by_part:
        if part in PLAIN and (read := rate(part)) is not None and (plain := rate(PLAIN[part])) is not None:
            saved += max(Decimal(0), plain - read) * tokens * factor
    return saved.scaleb(-6).quantize(NANO_DOLLAR)
