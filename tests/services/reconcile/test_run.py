"""A day with the simulated vendors, and each fault of their reports: named, with nearly nothing left over."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from llm.conf import ADMIN_KEY_VARIABLES
from llm.core.calls import Caller, CallOptions
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.causes import Cause
from llm.kinds import KINDS
from llm.models import Attempt, Reconciliation
from llm.services.calls.run import complete_sync
from llm.services.reconcile import accounts
from llm.services.reconcile.run import reconcile
from llm.simulator import Simulator
from llm.simulator.billing.ledger import Distortion, Fault
from llm.stores.config.snapshot import config_store

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 24
UNEXPLAINED = Decimal("0.001")


@pytest.fixture(autouse=True)
def admin_keys(sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the vendors' addresses and the keys for their reports."""
    for kind, variable in ADMIN_KEY_VARIABLES.items():
        monkeypatch.setenv(variable, "sk-admin-of-tests")
        monkeypatch.setenv(f"{KINDS[kind].env}_BASE_URL", sim.url(kind))


def _a_day(sim: Simulator, name: str, calls: int = CALLS) -> None:
    sim.reply(name, usage={})
    for number in range(calls):
        question = "Bonjour, je cherche un plombier. " * (20 + number)
        complete_sync(
            ChatRequest(messages=(message(Role.USER, question),)),
            caller=Caller(origin="code"),
            options=CallOptions(primary=name),
        )


def _account(name: str) -> accounts.BookedAccount:
    return next(found for found in accounts.accounts_of(config_store.reload_sync()) if found.name == name)


def _reconciled(name: str) -> Reconciliation:
    return reconcile(_account(name), Attempt.objects.order_by("-started_at")[0].started_at.astimezone(UTC).date())


@pytest.mark.parametrize("name", ["claude", "openai"])
def test_a_day_that_both_sides_saw_agrees(sim: Simulator, name: str) -> None:
    _a_day(sim, name, 5)
    row = _reconciled(name)
    assert row.ours_usd > 0
    assert (row.differences, row.share) == ([], 0)


DRILL = {
    "calls that the vendor lacks": (Fault(name=Distortion.MISSING), Cause.THEIRS_MISSING),
    "foreign traffic": (Fault(name=Distortion.FOREIGN), Cause.FOREIGN),
    "another tier": (Fault(name=Distortion.WRONG_TIER, tier="batch"), Cause.TIER),
    "another price": (Fault(name=Distortion.PRICE_CHANGE), Cause.PRICE),
}


@pytest.mark.parametrize("name", ["claude", "openai"])
@pytest.mark.parametrize("fault", DRILL)
def test_each_fault_is_named(sim: Simulator, name: str, fault: str) -> None:
    distortion, cause = DRILL[fault]
    _a_day(sim, name)
    sim.ledger(name).distort([distortion])
    row = _reconciled(name)
    assert {each["cause"] for each in row.differences} == {str(cause)}
    assert row.share > 0.01
    assert abs(row.unexplained_usd) <= UNEXPLAINED * max(row.ours_usd, row.theirs_usd)


def test_records_that_we_lack_are_named(sim: Simulator) -> None:
    _a_day(sim, "claude")
    for attempt in Attempt.objects.order_by("started_at")[:6]:
        attempt.delete()
    row = _reconciled("claude")
    assert {each["cause"] for each in row.differences} == {str(Cause.OURS_MISSING)}


def test_pages_of_a_report_are_put_together(sim: Simulator) -> None:
    _a_day(sim, "claude", 3)
    sim.ledger("claude").page_size = 5
    assert _reconciled("claude").differences == []


def test_a_repetition_replaces_the_day(sim: Simulator) -> None:
    _a_day(sim, "claude", 2)
    first, second = _reconciled("claude"), _reconciled("claude")
    assert first.pk == second.pk
    assert Reconciliation.objects.count() == 1


def test_an_account_without_an_admin_key_says_which(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_ADMIN_KEY")
    with pytest.raises(ReportUnavailable, match="ANTHROPIC_ADMIN_KEY is not set"):
        reconcile(_account("claude"), datetime.now(UTC).date())


def test_a_refused_key_is_told_without_the_key(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-api03-ordinary")
    with pytest.raises(ReportUnavailable, match="HTTP 401") as refused:
        reconcile(_account("claude"), datetime.now(UTC).date())
    assert "ordinary" not in str(refused.value)


def _command(*arguments: str) -> tuple[int, Any]:
    out, code = StringIO(), 0
    try:
        call_command("llm_reconcile", *arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue()


def test_the_command_shows_the_causes_and_exits_by_them(sim: Simulator) -> None:
    _a_day(sim, "claude")
    today = str(datetime.now(UTC).date())
    assert _command("--day", today, "--account", "claude")[0] == 0
    sim.ledger("claude").distort([Fault(name=Distortion.FOREIGN)])
    code, text = _command("--day", today, "--account", "claude")
    assert code == 1
    assert "foreign traffic" in text
    code, text = _command("--day", today, "--account", "claude", "--json")
    assert json.loads(text)["reconciliations"][0]["differences"][0]["cause"] == "foreign_traffic"


def test_the_command_names_an_account_that_has_no_report(sim: Simulator) -> None:
    code, text = _command("--day", "2026-11-01", "--account", "gemini")
    assert code == 2
    assert "gemini cannot be compared: the vendor has no report over HTTP; give --csv." in text
