"""The daily budget of the worker's billed probes, and what is postponed when it is spent."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils import timezone

from djobea import env
from llm.models import Attempt, Call
from llm.services.probes.budget import ProbeBudget, budget_of_day
from llm.services.probes.schedule import probe_due_sync
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.worker import probe_recovering, send_alerts
from tests.alerts.alerting import AlertStage
from tests.services.probes.test_run import ask, break_claude, state, travel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def budget(settings: object) -> None:
    settings.LLM = {**settings.LLM, "PROBE_BUDGET_USD": 0.5}


def paid(usd: str, *, origin: str = "probe", at: datetime | None = None) -> None:
    at = at or timezone.now()
    call = Call.objects.create(request_id="r", started_at=at, route="default", origin=origin, status="ok")
    Attempt.objects.create(
        call=call, seq=1, provider="claude", kind="claude", model="m", outcome="ok", started_at=at, cost_usd=usd
    )


def out_of_credit(sim: Simulator) -> None:
    """Claude ran out of credit, its probe is due now, and it has credit again."""
    sim.fault("claude", "credit")
    assert ask().provider == "gemini"
    sim.heal("claude")
    sim.forget("claude")
    travel("claude")


def test_a_billed_probe_is_made_within_the_budget(budget: None, sim: Simulator, providers: list[str]) -> None:
    paid("0.49")
    out_of_credit(sim)
    (result,) = probe_due_sync()
    assert (result.ok, result.live, result.postponed, result.state) == (True, True, False, "closed")
    assert sim.calls("claude") == 2


def test_a_probe_s_own_cost_counts(budget: None, sim: Simulator, providers: list[str]) -> None:
    out_of_credit(sim)
    probe_due_sync()
    call_log.flush()
    spent = sum(attempt.cost_usd for attempt in Attempt.objects.filter(call__origin="probe"))
    today = budget_of_day(datetime.now(UTC))
    assert today is not None
    assert spent > 0
    assert today.spent_usd == pytest.approx(float(spent))


def test_over_the_budget_a_probe_is_postponed_and_says_so(budget: None, sim: Simulator, providers: list[str]) -> None:
    paid("0.30")
    paid("0.20")
    out_of_credit(sim)
    (result,) = probe_due_sync()
    assert (result.ok, result.live, result.postponed, result.failure) == (False, False, True, None)
    assert "budget is spent (0.50 of 0.50 USD)" in result.detail
    assert (sim.calls("claude"), sim.counts("claude").models) == (0, 0)
    assert state("claude") == "open"
    assert probe_recovering() == 0


def test_only_today_s_probes_count(budget: None, sim: Simulator, providers: list[str]) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    paid("9", at=midnight - timedelta(seconds=1))
    paid("9", origin="api")
    paid("0.125", at=midnight)
    today = budget_of_day(datetime.now(UTC))
    assert today == ProbeBudget(spent_usd=0.125, limit_usd=0.5, renewed_at=midnight + timedelta(days=1))
    out_of_credit(sim)
    assert [result.live for result in probe_due_sync()] == [True]


def test_without_money_the_list_is_read_and_callers_close_the_circuit(
    budget: None, sim: Simulator, providers: list[str]
) -> None:
    paid("0.50")
    break_claude(sim)
    sim.heal("claude")
    travel("claude")
    (result,) = probe_due_sync()
    assert (result.live, result.postponed, result.state) == (False, True, "open")
    assert (sim.counts("claude").models, sim.calls("claude")) == (1, 0)
    assert [ask().provider for _ in range(2)] == ["claude", "claude"]
    assert state("claude") == "closed"


def test_a_list_probe_that_is_not_enough_is_not_repeated(budget: None, sim: Simulator, providers: list[str]) -> None:
    paid("0.50")
    break_claude(sim)
    sim.fault("claude", "permission", applies_to="models")
    travel("claude")
    assert [probe_due_sync()[0].postponed for _ in range(3)] == [True, True, True]
    assert (sim.calls("claude"), sim.counts("claude").models) == (0, 1)


def test_calls_close_the_circuit_without_a_probe(budget: None, sim: Simulator, providers: list[str]) -> None:
    paid("0.50")
    out_of_credit(sim)
    assert probe_due_sync()[0].postponed
    assert ask().provider == "claude"


def test_a_budget_of_nothing_means_no_billed_probe_and_no_alert(
    settings: object, sim: Simulator, providers: list[str]
) -> None:
    settings.LLM = {**settings.LLM, "PROBE_BUDGET_USD": 0}
    out_of_credit(sim)
    (result,) = probe_due_sync()
    assert result.postponed
    assert "switched off" in result.detail
    assert sim.calls("claude") == 0
    assert budget_of_day(datetime.now(UTC)) is None


def test_when_the_cost_cannot_be_read_no_billed_probe_is_made(
    sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_: datetime) -> Decimal:
        raise OperationalError("no such table")

    out_of_credit(sim)
    monkeypatch.setattr("llm.services.probes.budget.spent_since", unreachable)
    (result,) = probe_due_sync()
    assert result.postponed
    assert "cannot be read" in result.detail


def test_the_worker_alerts_operators_that_it_is_spent(budget: None, world: AlertStage) -> None:
    assert send_alerts() == 0
    paid("0.50")
    assert send_alerts() == 2
    assert [json.loads(post.body)["event"] for post in world.hook.posts] == ["probe_budget_spent"]
    assert "0.50 of 0.50 USD" in world.mail.mails[0].get_content()


@pytest.mark.parametrize(("text", "usd"), [("", 1.0), ("0", 0.0), ("2.5", 2.5)])
def test_the_setting(monkeypatch: pytest.MonkeyPatch, text: str, usd: float) -> None:
    monkeypatch.setenv("LLM_PROBE_BUDGET_USD", text)
    assert env.number(environ.Env(), "LLM_PROBE_BUDGET_USD", 1.0, zero=True) == usd


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "lots"])
def test_a_setting_that_is_no_sum_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LLM_PROBE_BUDGET_USD", text)
    with pytest.raises(ImproperlyConfigured, match="LLM_PROBE_BUDGET_USD"):
        env.number(environ.Env(), "LLM_PROBE_BUDGET_USD", 1.0, zero=True)
