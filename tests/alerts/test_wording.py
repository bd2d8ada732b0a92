"""The wording of alerts: an action in both languages, for every event and reason."""

import string
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext

from llm.alerts.conditions.facts import MACHINES, REFILL_AT
from llm.alerts.conditions.service import SWITCHED_OFF
from llm.alerts.decide import REMOVED, Details, Notice, Subject
from llm.alerts.events import ENDINGS, Event, Topic
from llm.alerts.phrases import EN, FR
from llm.alerts.wording import LANGUAGES, render
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import PHRASES, Standing

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
CLAUDE = Subject(topic=Topic.PROVIDER, name="claude")
CREDIT = Notice(
    subject=CLAUDE,
    event=Event.CREDIT_EXHAUSTED,
    at=NOW,
    since=NOW,
    details=Details(
        reason="credit_exhausted",
        until=NOW + timedelta(minutes=5),
        refill_at=REFILL_AT["claude"],
        serving=("gemini", "openai"),
    ),
)


def test_the_action_for_exhausted_credit() -> None:
    wording = render(CREDIT, "en", NOW)
    assert wording.title == "Claude is out of credit"
    assert wording.summary == "Claude is out of credit since 14:02 UTC. Requests go to Gemini."
    assert wording.action == (
        "Refill at https://platform.claude.com/settings/billing, then press Reset failures or run "
        "`manage.py llm_reset claude`; it is probed again at 14:07 UTC."
    )


def test_the_action_for_exhausted_credit_in_french() -> None:
    wording = render(CREDIT, "fr", NOW)
    assert wording.summary == "Claude n'a plus de crédit depuis 14:02 UTC. Les requêtes vont à Gemini."
    assert "`manage.py llm_reset claude`" in wording.action
    assert "interrogé à nouveau à 14:07 UTC" in wording.action


def test_a_compatible_vendor_has_no_billing_address() -> None:
    wording = render(replace(CREDIT, details=replace(CREDIT.details, refill_at="")), "en", NOW)
    assert "Refill in the vendor's console, then" in wording.action


def test_the_last_provider_leaves_static_answers() -> None:
    wording = render(replace(CREDIT, details=replace(CREDIT.details, serving=())), "en", NOW)
    assert wording.summary.endswith("No other provider can answer: callers get static answers.")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Claude (to be tried), Gemini"), ("fr", "Claude (à essayer), Gemini")]
)
def test_a_provider_without_an_answer_on_record_is_to_be_tried(language: str, words: str) -> None:
    details = Details(serving=("claude", "gemini"), to_be_tried=("claude",))
    back = Notice(subject=Subject(topic=Topic.ALL_DOWN), event=Event.SOME_BACK, at=NOW, since=NOW, details=details)
    assert words in render(back, language, NOW).summary


def test_alerts_and_admin_say_the_same_words() -> None:
    for language, phrases in (("en", EN), ("fr", FR)):
        with translation.override(language):
            assert gettext(PHRASES[Standing.TO_BE_TRIED]) == phrases.to_be_tried


def test_a_time_on_another_day_has_its_date() -> None:
    until = datetime(2026, 12, 1, tzinfo=UTC)
    wording = render(replace(CREDIT, details=replace(CREDIT.details, until=until)), "en", NOW)
    assert "probed again at 2026-12-01 00:00 UTC" in wording.action


def test_the_summary_has_the_count_and_the_title_marks_a_reminder() -> None:
    wording = render(replace(CREDIT, times=4, reminder=True), "en", NOW)
    assert wording.title == "Still: Claude is out of credit"
    assert "It went out 4 times since 14:02 UTC." in wording.summary


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["", *ErrorClass])
def test_every_reason_has_words_and_something_to_do(language: str, reason: str) -> None:
    notice = replace(CREDIT, event=Event.PROVIDER_OPENED, details=Details(reason=reason))
    wording = render(notice, language, NOW)
    assert wording.action
    assert "{" not in wording.title + wording.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", Event)
def test_every_event_has_words_and_only_ends_need_nothing_done(language: str, event: Event) -> None:
    topics = {Event.PROVIDER_OPENED: Topic.PROVIDER, Event.CREDIT_EXHAUSTED: Topic.PROVIDER}
    starts = {
        Event.ALL_DOWN: Topic.ALL_DOWN,
        Event.STATIC_SERVING: Topic.STATIC,
        Event.PROBE_BUDGET_SPENT: Topic.PROBE_BUDGET,
        Event.JOURNAL_FAILED: Topic.JOURNAL,
        Event.RECORDS_AT_RISK: Topic.RECORDS,
        Event.WALLET_LOW: Topic.WALLET,
        Event.WALLET_EMPTY: Topic.WALLET,
        Event.BOOKS_DIFFER: Topic.BOOKS,
        Event.SPENDING_HIGH: Topic.SPENDING,
        Event.SPENDING_JUMPED: Topic.SPENDING,
        Event.STANDBY_JOINED: Topic.STANDBY,
        Event.BUDGET_50: Topic.BUDGET,
        Event.BUDGET_80: Topic.BUDGET,
        Event.BUDGET_100: Topic.BUDGET,
        Event.MODEL_GONE: Topic.MODEL,
    }
    ends = {ending: topic for topic, ending in ENDINGS.items()}
    topic = {**topics, **starts, **ends}[event]
    subject = CLAUDE if topic is Topic.PROVIDER else Subject(topic=topic)
    wording = render(Notice(subject=subject, event=event, at=NOW, since=NOW), language, NOW)
    assert wording.title
    assert wording.summary
    assert bool(wording.action) == (event not in ends)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("details", "brief"),
    [
        (Details(reason=SWITCHED_OFF), False),
        (Details(reason=REMOVED), False),
        (Details(by="ada"), False),
        (Details(), True),
    ],
)
def test_each_kind_of_ending_has_its_own_wording(language: str, details: Details, brief: bool) -> None:
    plain = Notice(subject=CLAUDE, event=Event.PROVIDER_RECOVERED, at=NOW, since=NOW)
    assert (
        render(replace(plain, details=details, brief=brief), language, NOW).summary
        != render(plain, language, NOW).summary
    )


def test_both_languages_have_the_same_phrases_with_the_same_blanks() -> None:
    for field in fields(EN):
        english, french = getattr(EN, field.name), getattr(FR, field.name)
        if isinstance(english, str):
            assert _blanks(english) == _blanks(french), field.name
        elif not callable(english):
            assert set(english) == set(french), field.name
            for key in english:
                assert _blanks(english[key]) == _blanks(french[key]), (field.name, key)


def _blanks(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_machines_are_no_hands() -> None:
    assert {"gateway", "worker", "probe"} <= MACHINES
