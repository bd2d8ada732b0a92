"""What a page of spending can show: the metrics, how each is read and written."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.console.change import BAD, Change, change_of_count, change_of_money, change_of_time
from llm.services.analytics.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`value` is None where there is none. `adds_up`: whether values of groups have a sum, and so shares."""

    label: Promise
    value: Callable[[Figures], float | None]
    text: Callable[[float | None], str]
    change: Callable[[Figures, Figures], Change]
    adds_up: bool = True
    histograms: tuple[str, ...] = ()


def _tokens(figures: Figures) -> int:
    return figures.sums.input_tokens + figures.sums.output_tokens


def _p95(figures: Figures) -> float | None:
    return figures.latency_ms.get(95)


METRICS: dict[str, Metric] = {
    "spend": Metric(
        label=_("spending"),
        value=lambda figures: float(figures.cost_usd),
        text=formatting.money,
        change=lambda now, before: change_of_money(now.cost_usd, before.cost_usd),
    ),
    "calls": Metric(
        label=_("calls"),
        value=lambda figures: figures.sums.calls,
        text=formatting.whole,
        change=lambda now, before: change_of_count(now.sums.calls, before.sums.calls),
    ),
    "tokens": Metric(
        label=_("tokens"),
        value=_tokens,
        text=formatting.whole,
        change=lambda now, before: change_of_count(_tokens(now), _tokens(before)),
    ),
    "failures": Metric(
        label=_("failed attempts"),
        value=lambda figures: figures.sums.failed,
        text=formatting.whole,
        change=lambda now, before: change_of_count(now.sums.failed, before.sums.failed, more_is=BAD),
    ),
    "p95": Metric(
        label=_("p95 to the end"),
        value=_p95,
        text=formatting.milliseconds,
        change=lambda now, before: change_of_time(_p95(now), _p95(before)),
        adds_up=False,
        histograms=("latency",),
    ),
}


def cost_per_call(figures: Figures) -> Decimal | None:
    """US dollars; None without calls."""
    return figures.cost_usd / figures.sums.calls if figures.sums.calls else None
