"""Alerts lead to the page that they concern, where the deployment says its address."""

import json
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from llm.alerts.channels import send_email, webhook_body
from llm.alerts.conf import AlertSettings
from llm.alerts.events import Topic
from llm.alerts.links import link_of
from llm.conf import LLMSettings
from llm.models import Alert, Budget, Provider, Route, SpendingRule, Wallet

pytestmark = pytest.mark.django_db

HOME = "https://llm.example.com"


def alert(topic: str, subject: str = "") -> Alert:
    now = timezone.now()
    return Alert(topic=topic, subject=subject, at=now, since=now, created_at=now, title="t", summary="s", action="a")


def test_each_topic_leads_to_its_page(settings: Any) -> None:
    settings.LLM = {**settings.LLM, "PUBLIC_URL": HOME}
    provider = Provider.objects.create(name="claude", kind="claude", model="m")
    wallet = Wallet.objects.create(account="claude")
    rule = SpendingRule.objects.create(name="day", watch="day", limit_usd=9)
    budget = Budget.objects.create(name="shop", usd=5)
    route = Route.objects.create(name="chat")
    expected = {
        (Topic.PROVIDER, "claude"): f"provider/{provider.pk}/change/",
        (Topic.MODEL, "claude"): f"provider/{provider.pk}/change/",
        (Topic.WALLET, "claude"): f"wallet/{wallet.pk}/change/",
        (Topic.BOOKS, "claude"): f"wallet/{wallet.pk}/change/",
        (Topic.SPENDING, "day"): f"spendingrule/{rule.pk}/change/",
        (Topic.BUDGET, "shop"): f"budget/{budget.pk}/change/",
        (Topic.STANDBY, "chat/claude"): f"route/{route.pk}/change/",
        (Topic.ALL_DOWN, ""): "provider/",
        (Topic.PROBE_BUDGET, ""): "provider/",
        (Topic.STATIC, ""): "call/",
        (Topic.JOURNAL, "host-1"): "alert/",
        (Topic.RECORDS, "host-1"): "alert/",
        (Topic.BUDGET, "deleted"): "alert/",
    }
    assert {topic for topic, _subject in expected} == set(Topic)
    assert {key: link_of(alert(*key)) for key in expected} == {
        key: f"{HOME}/admin/llm/{page}" for key, page in expected.items()
    }


def test_the_link_stands_in_mail_and_webhook_and_is_left_out_without_an_address(settings: Any) -> None:
    conf = AlertSettings(emails=("ops@example.com",))
    for home, link in ((HOME, f"{HOME}/admin/llm/provider/"), ("", None)):
        settings.LLM = {**settings.LLM, "PUBLIC_URL": home}
        body = json.loads(webhook_body(alert(Topic.ALL_DOWN)))
        assert body["link"] == link
        send_email(conf, alert(Topic.ALL_DOWN))
        assert ("/admin/" in body["text"], "/admin/" in mail.outbox[-1].body) == (bool(link), bool(link))


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="LLM_PUBLIC_URL"):
        LLMSettings(public_url="llm.example.com")
