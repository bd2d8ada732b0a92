"""Alerts that reach real mailboxes and webhooks when providers fail and recover."""

import hashlib
import hmac
import json
import socket
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from llm.alerts import send as alerts
from llm.alerts.conf import AlertSettings
from llm.alerts.send import ProbeBudget
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass
from llm.models import Alert, AlertDelivery, AlertLedger, Provider
from llm.services.calls.run import complete_sync
from llm.services.probes import run as probes
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.stores.calls.journal import Journal
from tests.alerts.alerting import SECRET, AlertStage
from tests.disks import SmallDisk, small_disk
from tests.stores.circuits.weather import gone

__all__ = ["small_disk"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_exhausted_credit_is_sent_by_mail_and_webhook(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    assert world.look() == 2
    (mail,) = world.mail.mails
    assert (mail["Subject"], mail["From"]) == ("[Djobea] Claude is out of credit", "gateway@example.com")
    assert [line.split("<")[1] for line in world.mail.recipients] == ["ops@example.com>", "night@example.com>"]
    assert "Requests go to Gemini." in mail.get_content()
    assert "manage.py llm_reset claude" in mail.get_content()
    (post,) = world.hook.posts
    payload = json.loads(post.body)
    assert payload["text"].startswith("Claude is out of credit\nClaude is out of credit since ")
    assert (payload["event"], payload["provider"], payload["reason"]) == (
        "credit_exhausted",
        "claude",
        "credit_exhausted",
    )
    assert payload["at"] < payload["until"]
    assert payload["summary"] in mail.get_content()
    assert payload["action"] in mail.get_content().replace("\n", " ").replace("  ", " ")


def test_a_receiver_can_check_the_signature(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.look()
    (post,) = world.hook.posts
    stamp = post.headers["x-djobea-timestamp"]
    expected = hmac.new(SECRET.encode(), digestmod=hashlib.sha256)
    for part in (stamp.encode("ascii"), b".", post.body):
        expected.update(part)
    assert post.headers["x-djobea-signature"] == f"v1={expected.hexdigest()}"
    assert abs(int(stamp) - Alert.objects.get().created_at.timestamp()) < 60


def test_without_a_secret_the_post_is_unsigned(world: AlertStage, settings: Any) -> None:
    settings.LLM_ALERTS = {"WEBHOOK_URL": world.hook.url}
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    assert "x-djobea-signature" not in world.hook.posts[0].headers


def test_alerts_contain_neither_prompts_nor_vendors_messages(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.SERVER_ERROR)
    world.look()
    assert "secret of my life" not in world.mail.mails[0].as_string() + world.hook.posts[0].body.decode()
    assert SECRET not in world.hook.posts[0].body.decode()


def test_a_lasting_outage_is_sent_once_and_closed_by_its_end(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.SERVER_ERROR)
    assert [world.look(), world.look(), world.look()] == [2, 0, 0]
    world.later(minutes=2)
    world.comes_back("claude")
    assert [world.look(), world.look()] == [2, 0]
    assert world.subjects() == ["[Djobea] Claude is out: the vendor has a fault", "[Djobea] Claude is no longer out"]


def test_a_total_outage_and_its_end_are_sent_in_order(world: AlertStage, providers: list[str]) -> None:
    for name in providers:
        world.fails(name, ErrorClass.CONNECTION)
    world.static_answer()
    world.look()
    world.later(minutes=6)
    for name in providers:
        world.comes_back(name)
    world.look()
    events = [json.loads(post.body)["event"] for post in world.hook.posts]
    assert events == [
        *["provider_opened"] * 3,
        "all_providers_down",
        "static_serving",
        *["provider_recovered"] * 3,
        "providers_back",
        "static_over",
    ]
    assert events == list(
        Alert.objects.order_by("deliveries__id").filter(deliveries__channel="webhook").values_list("event", flat=True)
    )


def test_static_answers_are_counted_until_the_end(world: AlertStage) -> None:
    world.static_answer()
    world.look()
    world.later(minutes=1)
    world.static_answer()
    world.later(minutes=4)
    world.static_answer()
    world.look()
    world.later(minutes=6)
    world.look()
    assert world.subjects() == ["[Djobea] Callers get static answers", "[Djobea] No more static answers"]
    assert "3 static answers" in world.mail.mails[-1].get_content()


def test_a_spent_and_a_renewed_probe_budget_are_sent(world: AlertStage) -> None:
    world.look(ProbeBudget(spent_usd=0.5, limit_usd=0.5))
    world.later(hours=1)
    world.look(ProbeBudget(spent_usd=0.0, limit_usd=0.5))
    assert [json.loads(post.body)["event"] for post in world.hook.posts] == [
        "probe_budget_spent",
        "probe_budget_renewed",
    ]
    assert "0.50 of 0.50 USD" in world.mail.mails[0].get_content()


def test_flapping_is_gathered_with_its_count(world: AlertStage) -> None:
    for _ in range(6):
        world.fails("claude", ErrorClass.SERVER_ERROR)
        world.look()
        world.later(minutes=1)
        world.comes_back("claude")
        world.look()
        world.later(minutes=1)
    events = [(alert.event, alert.times) for alert in Alert.objects.order_by("created_at")]
    assert events == [
        ("provider_opened", 1),
        ("provider_recovered", 1),
        ("provider_opened", 5),
        ("provider_recovered", 5),
    ]


def test_a_provider_that_is_switched_off_while_out_is_not_called_well(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.look()
    world.later(minutes=1)
    row = Provider.objects.get(name="claude")
    row.enabled = False
    row.save()
    world.look()
    assert "is switched off" in world.mail.mails[-1].get_content()


def test_a_reset_by_an_operator_names_the_operator(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.look()
    world.later(minutes=1)
    world.comes_back("claude", by="ada")
    world.look()
    assert "was reset at" in world.mail.mails[-1].get_content()
    assert "by ada" in world.mail.mails[-1].get_content()


def test_french_when_asked_for(world: AlertStage, settings: Any) -> None:
    settings.LLM_ALERTS = {**settings.LLM_ALERTS, "LANGUAGE": "fr"}
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.look()
    assert world.subjects() == ["[Djobea] Claude n'a plus de crédit"]
    assert json.loads(world.hook.posts[0].body)["summary"].endswith("Les requêtes vont à Gemini.")


def test_without_channels_no_query_is_made(providers: list[str], settings: Any, django_assert_num_queries: Any) -> None:
    settings.LLM_ALERTS = {}
    with django_assert_num_queries(0):
        assert alerts.send_due() == 0


def test_an_invalid_ledger_counts_as_new(world: AlertStage) -> None:
    AlertLedger.objects.update(value={"lines": "nonsense"})
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 2


def test_a_call_that_fails_by_exhausted_credit_sends_an_alert(world: AlertStage, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    answer = complete_sync(ChatRequest(messages=(message(Role.USER, "My tap is leaking"),)))
    assert answer.completion is not None
    world.later(minutes=1)
    world.look()
    assert world.subjects() == ["[Djobea] Claude is out of credit"]
    probes.reset(["claude"], by="ada")
    world.later(minutes=1)
    world.look()
    assert world.subjects()[1:] == ["[Djobea] Claude is no longer out"]
    assert not AlertDelivery.objects.exclude(status="sent").exists()


@pytest.mark.parametrize(
    "bad",
    [{"language": "de"}, {"emails": ("ops",)}, {"webhook_url": "ftp://example.com"}, {"webhook_url": "https://"}],
)
def test_bad_settings_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="LLM_ALERT_"):
        AlertSettings(**bad)


def test_an_unknown_setting_is_refused(settings: Any) -> None:
    settings.LLM_ALERTS = {"EMAIL": []}
    with pytest.raises(ImproperlyConfigured, match="EMAIL"):
        alerts.send_due()


def test_settings_show_no_secret() -> None:
    shown = repr(AlertSettings(webhook_url="https://hooks.slack.com/services/T/B/hush", webhook_secret="hush"))
    assert "hush" not in shown


def test_a_full_disk_is_notified_while_it_lasts_and_when_it_ends(
    world: AlertStage, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(lambda: small_disk.path)
    monkeypatch.setattr(call_log, "_journal", journal)
    assert world.look() == 0
    small_disk.fill()
    assert world.look() == 2
    assert world.look() == 0
    world.later(hours=7)
    assert world.look() == 2
    small_disk.make_room()
    assert world.look() == 2
    host = socket.gethostname()
    title = f"[Djobea] The journal on {host} cannot be written"
    back = f"[Djobea] The journal on {host} can be written again"
    assert world.subjects() == [title, title.replace("The", "Still: The"), back]
    assert "No space left on device" in world.mail.mails[0].get_content()
    payload = json.loads(world.hook.posts[0].body)
    assert (payload["event"], payload["provider"]) == ("journal_failed", None)
    journal.close()


def test_with_the_database_away_too_the_alert_goes_out_without_it(
    world: AlertStage, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(lambda: small_disk.path)
    monkeypatch.setattr(call_log, "_journal", journal)
    with gone("llm_alertledger"):
        with pytest.raises(DatabaseError):
            world.look()
        assert world.subjects() == []  # the journal holds the records
        small_disk.fill()
        for hours in (0, 0, 7):
            world.later(hours=hours)
            with pytest.raises(DatabaseError):
                world.look()
    small_disk.make_room()
    for _ in range(2):
        assert world.look() == 0
    host = socket.gethostname()
    title = f"[Djobea] Call records on {host} are in memory only"
    safe = f"[Djobea] Call records on {host} are safe again"
    assert world.subjects() == [title, title.replace("Call", "Still: Call"), safe]
    assert [json.loads(post.body)["event"] for post in world.hook.posts] == [*["records_at_risk"] * 2, "records_safe"]
    journal.close()
