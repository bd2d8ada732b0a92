"""Rows follow the environment until an operator edits them."""

from typing import Any

import pytest

from llm.models import Provider, Route, StaticText
from llm.stores.config.environment import sync_providers

pytestmark = pytest.mark.django_db(transaction=True)

VARIABLES = [
    f"{vendor}_{what}" for vendor in ("ANTHROPIC", "GEMINI", "OPENAI") for what in ("API_KEY", "BASE_URL", "MODEL")
] + ["GOOGLE_API_KEY"]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def claude() -> Provider:
    return Provider.objects.get(name="claude")


def edit(**fields: object) -> None:
    row = claude()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def test_the_first_sync_makes_all_three_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    report = sync_providers()
    assert report.created == ("claude", "gemini", "openai")
    rows = Provider.objects.order_by("priority")
    assert [(row.name, row.enabled) for row in rows] == [("claude", False), ("gemini", False), ("openai", True)]
    assert Route.objects.count() == 3
    assert StaticText.objects.count() == 6


def test_the_second_sync_changes_nothing() -> None:
    sync_providers()
    assert sync_providers().unchanged == ("claude", "gemini", "openai")


def test_a_keys_appearance_switches_its_provider_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sync_providers()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    assert sync_providers().updated == ("claude",)
    assert claude().enabled
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    sync_providers()
    assert not claude().enabled


def test_gemini_takes_googles_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "g-1")
    sync_providers()
    row = Provider.objects.get(name="gemini")
    assert (row.enabled, row.api_key_env) == (True, "GOOGLE_API_KEY")


def test_what_the_environment_changes_is_followed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    sync_providers()
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-next")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9/claude")
    settings.LLM = {**settings.LLM, "PRIORITY": ["openai", "claude"]}
    assert sync_providers().updated == ("openai", "claude")
    assert (claude().model, claude().base_url, claude().priority) == ("claude-next", "http://127.0.0.1:9/claude", 20)


@pytest.mark.parametrize(
    ("field", "value"),
    [("model", "mine"), ("base_url", "http://mine.example"), ("priority", 77), ("api_key_env", "MINE")],
)
def test_what_an_operator_has_edited_stays(field: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    sync_providers()
    edit(**{field: value})
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-next")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9/claude")
    sync_providers()
    assert getattr(claude(), field) == value


def test_after_an_edit_of_one_field_the_others_still_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    sync_providers()
    edit(priority=77)
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-next")
    sync_providers()
    assert (claude().priority, claude().model) == (77, "claude-next")


def test_a_provider_that_an_operator_switched_off_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    sync_providers()
    edit(enabled=False)
    sync_providers()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-2")
    sync_providers()
    assert not claude().enabled


def test_a_provider_that_an_operator_switched_on_with_a_key_of_its_own_stays_on() -> None:
    sync_providers()
    edit(enabled=True, api_key_encrypted="stored")
    sync_providers()
    assert claude().enabled


def test_texts_and_routes_that_operators_changed_stay() -> None:
    sync_providers()
    StaticText.objects.filter(route="default", language="en").update(text="Ours.")
    Route.objects.filter(name="conversation").update(on_refusal="stop")
    sync_providers()
    assert StaticText.objects.get(route="default", language="en").text == "Ours."
    assert Route.objects.get(name="conversation").on_refusal == "stop"


def test_a_provider_that_the_environment_does_not_name_is_left_alone() -> None:
    Provider.objects.create(name="spare", kind="openai", model="m")
    report = sync_providers()
    assert "spare" not in (*report.created, *report.updated, *report.unchanged)
