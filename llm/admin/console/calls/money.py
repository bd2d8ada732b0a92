"""What a call has used and cost, line by line, with the price per million tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.core.chat.response import Usage
from llm.core.cost.parts import REQUESTS, WEB_SEARCHES, Part, split
from llm.models import Attempt, Call

MILLION = 1_000_000
PARTS: dict[str, Promise] = {
    Part.INPUT: _("input"),
    Part.CACHE_READ: _("read from the cache"),
    Part.CACHE_WRITE_5M: _("written to the cache"),
    Part.CACHE_WRITE_1H: _("written to the cache for an hour"),
    Part.INPUT_AUDIO: _("audio in"),
    Part.CACHE_READ_AUDIO: _("audio read from the cache"),
    Part.INPUT_IMAGE: _("images in"),
    Part.OUTPUT: _("output"),
    Part.REASONING: _("reasoning"),
    Part.OUTPUT_AUDIO: _("audio out"),
    Part.OUTPUT_IMAGE: _("images out"),
    WEB_SEARCHES: _("web searches"),
    REQUESTS: _("requests"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    provider: str
    part: str
    tokens: str
    per_million: str
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    lines: list[BillLine]
    tokens: str
    total: str
    sources: str
    """The lists of prices that were used."""


def bill_of(call: Call, attempts: Sequence[Attempt]) -> Bill:
    """The lines of all attempts: vendors bill failed ones too. Parts without a price have no cost."""
    return Bill(
        lines=[line for attempt in attempts for line in _lines(attempt)],
        tokens=formatting.tokens(call.input_tokens, call.output_tokens),
        total=formatting.exact_cost(call.cost_usd, call.unpriced_attempts),
        sources=", ".join(dict.fromkeys(each.price_version for each in attempts if each.price_version)),
    )


def _lines(attempt: Attempt) -> list[BillLine]:
    costs = {name: Decimal(usd) for name, usd in (attempt.cost_parts or {}).items()}
    tokens: dict[str, int] = {str(part): number for part, number in split(_usage(attempt))}
    return [_line(attempt, name, tokens.get(name, 0), costs.get(name)) for name in {**tokens, **costs}]


def _line(attempt: Attempt, name: str, tokens: int, usd: Decimal | None) -> BillLine:
    about = "≈ " if attempt.estimated else ""
    return BillLine(
        provider=attempt.provider,
        part=str(PARTS.get(name, name.replace("_", " "))),
        tokens=f"{about}{formatting.whole(tokens)}" if tokens else formatting.UNKNOWN,
        per_million=formatting.money(usd * MILLION / tokens) if usd is not None and tokens else formatting.UNKNOWN,
        cost=formatting.exact_cost(usd, usd is None),
    )


def _usage(attempt: Attempt) -> Usage:
    return Usage(
        input=attempt.input_tokens,
        output=attempt.output_tokens,
        cached=attempt.cached_tokens,
        cache_written=attempt.cache_written_tokens,
        cache_written_1h=attempt.cache_written_1h_tokens,
        reasoning=attempt.reasoning_tokens,
        input_audio=attempt.input_audio_tokens,
        output_audio=attempt.output_audio_tokens,
        input_image=attempt.input_image_tokens,
        output_image=attempt.output_image_tokens,
    )
