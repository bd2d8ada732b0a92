"""Mutes, the page of alerts, and test alerts through real channels."""

import json

import pytest
from django.test import Client

from llm.alerts import mutes
from llm.alerts.decide import Subject
from llm.alerts.events import Topic
from llm.alerts.trial import try_channels
from llm.core.failures.policy import ErrorClass
from llm.models import Alert, AlertDelivery, AlertMute
from tests.alerts.alerting import AlertStage
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/alert/"
CLAUDE = Subject(topic=Topic.PROVIDER, name="claude")


def test_a_muted_subject_is_stored_and_not_sent(world: AlertStage) -> None:
    mutes.mute(CLAUDE, 1, by="ada", now=world.now)
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.fails("gemini", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.look()
    assert world.subjects() == ["[Djobea] Gemini is out of credit"]
    muted = Alert.objects.get(subject="claude")
    assert muted.muted
    assert not AlertDelivery.objects.filter(alert=muted).exists()


def test_a_mute_ends_by_time_or_by_hand(world: AlertStage) -> None:
    mutes.mute(CLAUDE, 4, by="ada", now=world.now)
    assert mutes.muted_subjects(world.now) == {CLAUDE}
    mutes.mute(CLAUDE, 1, by="bob", now=world.now)  # in place of the first
    world.later(hours=1, seconds=1)
    assert mutes.muted_subjects(world.now) == frozenset()
    assert mutes.unmute(CLAUDE, by="ada")
    assert not AlertMute.objects.exists()
    with pytest.raises(ValueError, match="1, 4, 24"):
        mutes.mute(CLAUDE, 2, by="ada", now=world.now)


def test_the_page_shows_what_is_open_and_mutes_it(world: AlertStage, admin: Person) -> None:
    desk = Client(headers={"Accept-Language": "en"})
    desk.force_login(admin.user)
    assert "Nothing is open." in desk.get(LIST).content.decode()
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.look()
    page = desk.get(LIST)
    (shown,) = page.context["cl"].open
    assert (shown.subject, shown.alert.title) == (CLAUDE, "Claude is out of credit")
    assert "Alerts go to: <b>email, webhook</b>" in page.content.decode()
    assert desk.post(f"{LIST}mute/", {"topic": "provider", "subject": "claude", "hours": "4"}).status_code == 302
    assert AlertMute.objects.get().by == "ada"
    assert "by ada" in desk.get(LIST).content.decode()
    desk.post(f"{LIST}mute/", {"topic": "provider", "subject": "claude", "hours": "0"})
    assert not AlertMute.objects.exists()


def test_a_delivery_that_failed_says_why(world: AlertStage, admin: Person) -> None:
    desk = Client(headers={"Accept-Language": "en"})
    desk.force_login(admin.user)
    world.mail.refuse_with = "451 later"
    world.fails("claude", ErrorClass.CREDIT_EXHAUSTED, times=1)
    world.look()
    page = desk.get(LIST).content.decode()
    assert "the mail server answered 451" in page


def test_a_test_goes_through_each_channel_and_says_what_came_back(world: AlertStage) -> None:
    world.mail.refuse_with = "451 later"
    mail, hook = try_channels(by="ada", now=world.now)
    assert (mail.channel, mail.ok, mail.error) == ("email", False, "the mail server answered 451")
    assert (hook.channel, hook.ok) == ("webhook", True)
    (post,) = world.hook.posts
    assert json.loads(post.body)["event"] == "test"
    assert not Alert.objects.exists()
