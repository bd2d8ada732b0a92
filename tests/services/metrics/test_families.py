"""The metrics of given sums: names, labels, and how many series there can be at most."""

from dataclasses import replace
from itertools import product

from prometheus_client.core import Metric

from llm.core.capacity.snapshot import Capacity
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import ProviderStanding, Standing
from llm.services.metrics import families
from llm.services.metrics.families import Money
from llm.stores.metrics.layout import CELLS, Counter, Gauge, Histogram, bucket_of
from llm.stores.metrics.pages import Pages
from llm.stores.usage.totals import Attempts, Failovers, Totals

NOTHING = Totals(calls={}, answered=0, fallbacks=0, static=0, resumed=0, tests=0, attempts=(), failovers=())


def series(metrics) -> dict[str, float]:
    """Each sample's value by its name and labels."""
    return {
        sample.name + "".join(f",{value}" for value in sample.labels.values()): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def all_families(totals: Totals, providers: list[str], money: Money | None = None) -> list[Metric]:
    empty = [0.0] * CELLS
    standings = {name: ProviderStanding(standing=Standing.ANSWERS, state="closed", detail="") for name in providers}
    capacities = dict.fromkeys(providers, Capacity(in_flight=1, concurrency=4))
    return [
        *families.of_processes(Pages(living=(empty,), ended=empty), 0.0),
        *families.of_providers(standings, capacities, store_up=True),
        families.of_database(True),
        *families.of_totals(totals, 0.0),
        *families.of_money(money or Money()),
    ]


def test_headroom_is_that_of_the_tightest_limit():
    assert series(all_families(NOTHING, ["claude"]))["llm_limit_headroom_ratio,claude"] == 0.75


def test_series_are_bounded_whatever_happens_at_the_vendors():
    names = [f"p{place}" for place in range(10)]
    worst = Totals(
        calls={"ok": 1},
        answered=9,
        fallbacks=3,
        static=1,
        resumed=1,
        tests=1,
        attempts=tuple(
            Attempts(provider=name, error_class=each, attempts=9, failed=1, broken_off=1, interrupted=1)
            for name, each in product(names, ["", *ErrorClass])
        ),
        failovers=tuple(
            Failovers(origin=one, to=other, why=why, calls=1) for one, other, why in product(names, names, ErrorClass)
        ),
    )
    assert len(series(all_families(NOTHING, []))) <= 60
    # Three more are an account's: hours, balance, drift.
    assert len(series(all_families(worst, names))) <= 60 + 22 * len(names)


def test_failures_and_failovers_beyond_the_bound_are_counted_together():
    classes = list(ErrorClass)
    attempts = tuple(Attempts(provider="claude", error_class=each, attempts=2, failed=2) for each in classes)
    failovers = tuple(Failovers(origin="claude", to="gemini", why=each, calls=1) for each in classes)
    seen = series(all_families(replace(NOTHING, attempts=attempts, failovers=failovers), []))
    assert seen["llm_attempts_total,claude,failed,other"] == 2 * (len(classes) - families.CLASSES)
    assert sum(value for name, value in seen.items() if name.startswith("llm_attempts_total")) == 2 * len(classes)
    assert sum(value for name, value in seen.items() if name.startswith("llm_failovers_total")) == len(classes)


def test_attempts_that_did_not_fail_are_told_apart_by_how_they_ended():
    money = {"cost_nano": 1_500_000_000, "saved_nano": 250_000_000}
    row = Attempts(provider="claude", error_class="", attempts=10, broken_off=2, interrupted=1, **money)
    seen = series(all_families(replace(NOTHING, attempts=(row,)), ["claude"]))
    outcomes = {name: value for name, value in seen.items() if name.startswith("llm_attempts_total")}
    assert outcomes == {
        "llm_attempts_total,claude,ok,": 7,
        "llm_attempts_total,claude,cancelled,": 2,
        "llm_attempts_total,claude,interrupted,": 1,
    }
    assert (seen["llm_cost_usd_total,claude"], seen["llm_saved_usd_total,claude"]) == (1.5, 0.25)


def test_only_the_fullest_budgets_are_shown():
    money = Money(budgets={f"b{place:03}": place / 100 for place in range(100)})
    seen = series(families.of_money(money))
    shown = [name for name in seen if name.startswith("llm_budget_used_ratio")]
    assert len(shown) == families.BUDGETS
    assert "llm_budget_used_ratio,b099" in shown


def test_processes_are_summed_and_the_worst_loop_is_shown():
    one, other, ended = [0.0] * CELLS, [0.0] * CELLS, [0.0] * CELLS
    one[Gauge.IN_FLIGHT], one[Gauge.BEAT_AT], one[Gauge.LAG_BEFORE] = 2, 99.8, 0.3
    other[Gauge.IN_FLIGHT], other[Gauge.BEAT_AT] = 3, 90.0  # it has not beaten for ten seconds
    ended[Counter.REFUSED_LIMIT] = 4
    ended[bucket_of(Histogram.CALL, 0.2)] = 1
    other[bucket_of(Histogram.CALL, 70.0)] = 1
    seen = series(families.of_processes(Pages(living=(one, other), ended=ended), 100.0))
    assert (seen["llm_processes"], seen["llm_in_flight"], seen["llm_refused_total,limit"]) == (2, 5, 4)
    assert seen["llm_event_loop_lag_seconds"] == 9.5
    assert (seen["llm_call_seconds_bucket,0.25"], seen["llm_call_seconds_bucket,60.0"]) == (1, 1)
    assert (seen["llm_call_seconds_bucket,+Inf"], seen["llm_call_seconds_count"]) == (2, 2)
