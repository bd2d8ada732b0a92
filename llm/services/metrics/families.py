"""The metrics as prometheus-client's families: names, help texts and labels. Values in, families out.

No label comes from a caller: statuses and classes are enums, providers and accounts are the operators' names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from llm.core.calls import CallStatus, Outcome
from llm.core.capacity.snapshot import Capacities
from llm.core.circuit.state import CircuitState
from llm.core.forecast.outlook import HORIZON_H, Outlook
from llm.core.routing.standing import ProviderStanding
from llm.core.usage.sums import NANO
from llm.services.metrics.beat import lag_s
from llm.services.wallets.state import WalletState
from llm.stores.metrics.layout import BOUNDS, Counter, Gauge, Histogram, sum_of
from llm.stores.metrics.pages import Pages
from llm.stores.usage.totals import Attempts, Totals

CLASSES = 7
"""Error classes of one provider that have a series of their own; later ones are counted as OTHER."""
FAILOVERS = 4
"""Failovers for each provider that have a series of their own, over all providers together."""
BUDGETS = 20
"""The fullest budgets are shown."""
OTHER = "other"

STATES = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}
DISABLED = 3

DURATIONS = {
    Histogram.OVERHEAD: ("llm_overhead_seconds", "Seconds of a call in which no vendor was being asked"),
    Histogram.CALL: ("llm_call_seconds", "Seconds from a call's arrival to its end"),
    Histogram.FIRST_TOKEN: ("llm_first_token_seconds", "Seconds to the first token of streams"),
}
REFUSALS = {
    "limit": Counter.REFUSED_LIMIT,
    "budget": Counter.REFUSED_BUDGET,
    "unavailable": Counter.REFUSED_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """`budgets` and `drift`: shares from 0, by budget and by account."""

    wallets: tuple[WalletState, ...] = ()
    budgets: Mapping[str, float] = field(default_factory=dict)
    drift: Mapping[str, float] = field(default_factory=dict)


def of_processes(pages: Pages, now: float) -> Iterable[Metric]:
    """What the processes of this machine count by themselves. `now`: the monotonic clock."""
    yield _gauge("llm_processes", "Processes of this machine that make calls", len(pages.living))
    yield _gauge("llm_in_flight", "Calls under way", pages.gauge(Gauge.IN_FLIGHT))
    yield _gauge("llm_journal_backlog", "Call records that the database lacks", pages.gauge(Gauge.BACKLOG))
    lag = max((lag_s(cells, now) for cells in pages.living), default=0.0)
    yield _gauge("llm_event_loop_lag_seconds", "The longest delay of an event loop of late", lag)
    refused = CounterMetricFamily("llm_refused", "Calls that limits and budgets refused", labels=["why"])
    for why, place in REFUSALS.items():
        refused.add_metric([why], pages.counter(place))
    yield refused
    for histogram, (name, words) in DURATIONS.items():
        yield _histogram(histogram, name, words, pages)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _histogram(histogram: Histogram, name: str, words: str, pages: Pages) -> HistogramMetricFamily:
    reached, buckets = 0.0, []
    for offset, bound in enumerate((*map(str, BOUNDS[histogram]), "+Inf")):
        reached += pages.counter(histogram + offset)
        buckets.append((bound, reached))
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=pages.counter(sum_of(histogram)))


def of_providers(
    standings: Mapping[str, ProviderStanding], capacities: Capacities, *, store_up: bool
) -> Iterable[Metric]:
    """Where each configured provider stands, and what is left of its limits where something is known of them."""
    state = GaugeMetricFamily("llm_circuit_state", "0 closed, 1 half-open, 2 open, 3 disabled", labels=["provider"])
    available = GaugeMetricFamily("llm_provider_available", "1 when calls go there", labels=["provider"])
    headroom = GaugeMetricFamily(
        "llm_limit_headroom_ratio",
        "The smallest share left of a provider's limits, 1 while none is known",
        labels=["provider"],
    )
    for name, standing in standings.items():
        state.add_metric([name], STATES.get(standing.state, DISABLED))  # type: ignore[call-overload]  # a str of the enum
        available.add_metric([name], float(standing.available))
        if (capacity := capacities.get(name)) is not None:
            headroom.add_metric([name], capacity.headroom)
    yield state
    yield available
    yield headroom
    yield _gauge("llm_circuit_store_up", "0 while this worker decides by its local view of circuits", float(store_up))


def of_database(up: bool) -> Metric:
    """Whether the totals could be counted."""
    return _gauge("llm_database_up", "0 when the database did not answer: totals and money are missing", float(up))


def of_totals(totals: Totals, age_s: float) -> Iterable[Metric]:
    """Counters of the call log, since the first call."""
    yield _gauge("llm_totals_age_seconds", "How old the counters of the call log are", age_s)
    calls = CounterMetricFamily("llm_calls", "Calls of callers, by how they ended", labels=["status"])
    for status in CallStatus:
        calls.add_metric([status], totals.calls.get(status, 0))
    yield calls
    answers = CounterMetricFamily("llm_answers", "Answers, by who gave them", labels=["tier"])
    for tier, number in (
        ("first", totals.answered - totals.fallbacks),
        ("fallback", totals.fallbacks),
        ("static", totals.static),
    ):
        answers.add_metric([tier], number)
    yield answers
    yield CounterMetricFamily("llm_resumes", "Answers that another provider went on with", value=totals.resumed)
    yield CounterMetricFamily("llm_test_calls", "Calls of tests and probes", value=totals.tests)
    yield from _of_attempts(totals.attempts)
    yield _failovers(totals)


def _of_attempts(rows: Iterable[Attempts]) -> Iterable[Metric]:
    labels = ["provider", "outcome", "error_class"]
    attempts = CounterMetricFamily("llm_attempts", "Requests to vendors, by how they ended", labels=labels)
    cost = CounterMetricFamily("llm_cost_usd", "What attempts cost, in US dollars", labels=["provider"])
    words = "What reads of the vendors' caches would have cost more at the plain rate, in US dollars"
    saved = CounterMetricFamily("llm_saved_usd", words, labels=["provider"])
    tokens = CounterMetricFamily("llm_tokens", "Tokens of attempts", labels=["provider", "direction"])
    by_provider: dict[str, list[Attempts]] = {}
    for row in rows:
        by_provider.setdefault(row.provider, []).append(row)
    for provider, of in by_provider.items():
        for (outcome, error_class), number in _outcomes(of).items():
            attempts.add_metric([provider, outcome, error_class], number)
        cost.add_metric([provider], sum(row.cost_nano for row in of) / 10**NANO)
        saved.add_metric([provider], sum(row.saved_nano for row in of) / 10**NANO)
        tokens.add_metric([provider, "input"], sum(row.input_tokens for row in of))
        tokens.add_metric([provider, "output"], sum(row.output_tokens for row in of))
    unpriced = sum(row.unpriced for of in by_provider.values() for row in of)
    yield attempts
    yield cost
    yield saved
    yield tokens
    yield CounterMetricFamily("llm_unpriced_attempts", "Attempts whose cost is not in the sum", value=unpriced)


def _outcomes(rows: Iterable[Attempts]) -> dict[tuple[str, str], int]:
    """The attempts of one provider by outcome and error class."""
    numbers: dict[tuple[str, str], int] = {(Outcome.OK, ""): 0}
    classes = 0
    for row in rows:
        numbers[Outcome.OK, ""] += row.attempts - row.failed - row.broken_off - row.interrupted
        for outcome, number in ((Outcome.CANCELLED, row.broken_off), (Outcome.INTERRUPTED, row.interrupted)):
            if number:
                numbers[outcome, ""] = numbers.get((outcome, ""), 0) + number
        if row.failed:
            classes += 1
            name = row.error_class if classes <= CLASSES else OTHER
            numbers[Outcome.FAILED, name] = numbers.get((Outcome.FAILED, name), 0) + row.failed
    return numbers


def _failovers(totals: Totals) -> Metric:
    words = "Calls that another provider answered than the first of the route's order"
    family = CounterMetricFamily("llm_failovers", words, labels=["from", "to", "why"])
    room = FAILOVERS * len({row.provider for row in totals.attempts})
    for row in totals.failovers[:room]:
        family.add_metric([row.origin, row.to, row.why], row.calls)
    if others := sum(row.calls for row in totals.failovers[room:]):
        family.add_metric([OTHER, OTHER, OTHER], others)
    return family


def of_money(money: Money) -> Iterable[Metric]:
    """What is left, and what does not add up."""
    hours = GaugeMetricFamily("llm_wallet_hours_left", "Hours until an account's money ends", labels=["account"])
    balance = GaugeMetricFamily("llm_wallet_usd", "An account's balance in US dollars", labels=["account"])
    for wallet in money.wallets:
        if not wallet.providers:
            continue  # an account that nothing spends
        left = HORIZON_H if wallet.forecast.outlook is Outlook.FAR else wallet.forecast.hours_left
        if left is not None:
            hours.add_metric([wallet.account], left)
        if wallet.balance_usd is not None:
            balance.add_metric([wallet.account], float(wallet.balance_usd))
    yield hours
    yield balance
    words = f"The share of a budget that is spent; of the {BUDGETS} fullest"
    budgets = GaugeMetricFamily("llm_budget_used_ratio", words, labels=["budget"])
    for name, share in sorted(money.budgets.items(), key=lambda one: (-one[1], one[0]))[:BUDGETS]:
        budgets.add_metric([name], share)
    yield budgets
    words = "The share of the last compared day on which our costs and the vendor's report differ"
    drift = GaugeMetricFamily("llm_reconcile_drift_ratio", words, labels=["account"])
    for account, share in money.drift.items():
        drift.add_metric([account], share)
    yield drift
