"""The page of a call: its story, bars, bill, messages and neighbours."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llm.models import Call, CircuitEvent
from tests.admin.console.log import call

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def page(client: Client, row: Call, language: str = "en") -> tuple[dict, str]:
    answer = client.get(reverse("admin:llm_call_change", args=[row.pk]), headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.context, " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("tries", "fields", "story"),
    [
        ([("claude", "")], {}, "claude answered after 310 ms."),
        (
            [("claude", "rate_limited"), ("gemini", "")],
            {"skips": [{"provider": "openai", "reason": "draining"}]},
            "gemini answered after 610 ms, because claude failed (rate limited) and openai was skipped (draining).",
        ),
        (
            [("claude", "timeout")],
            {"status": "static", "provider": "static"},
            "No provider answered, so the caller got the static text after 310 ms: claude failed (too slow).",
        ),
        ([], {"status": "cancelled"}, "The caller left after 10 ms."),
        (
            [],
            {"status": "rejected", "error_class": "content_filtered"},
            "The call was rejected after 10 ms: refused by",
        ),
    ],
)
def test_the_story_says_who_answered_and_why_not_the_others(
    console: Client, tries: list[tuple[str, str]], fields: dict, story: str
) -> None:
    assert page(console, call(*tries, **fields))[0]["story"].startswith(story)


def test_the_story_is_french_in_french(console: Client) -> None:
    row = call(("claude", "rate_limited"), ("gemini", ""))
    story = page(console, row, "fr")[0]["story"]
    assert story == "gemini a répondu après 610 ms, parce que claude a échoué (débit limité)."


def test_the_bars_lie_on_one_scale_with_the_time_to_the_first_token(console: Client) -> None:
    row = call(("claude", "timeout"), ("gemini", ""), elapsed_ms=600)
    first, second = page(console, row)[0]["bars"]
    assert (first.x, first.wait, first.rest) == ("0.0", "500.0", "0.0")
    assert (second.x, second.wait, second.rest_x) == ("500.0", "166.7", "666.7")
    assert (first.is_open, second.is_open) == (False, False)


def test_the_last_failure_of_an_unanswered_call_is_open_with_the_vendors_words(console: Client) -> None:
    context, text = page(console, call(("claude", "timeout"), ("gemini", "rate_limited")))
    assert [bar.is_open for bar in context["bars"]] == [False, True]
    assert "in the vendor&#x27;s words" in text


def test_the_bill_has_the_price_per_million_of_each_part(console: Client) -> None:
    bill = page(console, call(("claude", "")))[0]["bill"]
    lines = [(line.part, line.tokens, line.per_million, line.cost) for line in bill.lines]
    assert lines == [("input", "100", "$80.00", "$0.008000"), ("output", "20", "$100.00", "$0.002000")]


def test_messages_need_a_right_of_their_own_and_are_told_apart(viewer: Callable[..., Client]) -> None:
    row = call(("claude", ""), prompt="system: be kind\nuser: a leak\nat home: no\nassistant: where?", answer="There.")
    assert page(viewer("view_call"), row)[0]["messages_kept"] == ()
    bubbles = page(viewer("view_call", "view_content"), row)[0]["messages_kept"]
    assert [(bubble.role, bubble.text) for bubble in bubbles] == [
        ("system", "be kind"),
        ("user", "a leak\nat home: no"),
        ("assistant", "where?"),
        ("assistant", "There."),
    ]


def test_neighbours_are_the_same_consumers(console: Client) -> None:
    before, row, after = (call(("claude", ""), ago=minutes * MINUTE) for minutes in (9, 6, 3))
    call(("claude", ""), ago=7 * MINUTE, consumer="bob")
    context, _text = page(console, row)
    assert str(before.pk) in context["earlier"]
    assert str(after.pk) in context["later"]
    assert "later" not in page(console, after)[0]


def test_changes_around_the_call_are_those_of_its_providers(console: Client) -> None:
    row = call(("claude", "timeout"), ("gemini", ""))
    for name, ago in (("claude", 5), ("openai", 5), ("gemini", 60)):
        at = timezone.now() - ago * MINUTE
        CircuitEvent.objects.create(provider=name, at=at, before="closed", after="open", reason="timeout")
    assert [line.sentence for line in page(console, row)[0]["events"]] == ["claude is out: too slow"]


def test_a_call_that_is_not_there_is_not_found(console: Client) -> None:
    for pk in ("01a20000-0000-7000-8000-000000000000", "none"):
        assert console.get(f"/admin/llm/call/{pk}/change/").status_code == 404
