"""`manage.py check --database default` names the providers whose stored key or address is of no use."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from llm.models import Provider
from llm.services.providers import set_api_key

IDS = ("llm.W003", "llm.W004", "llm.W005", "llm.W006")


def found(databases: list[str] | None) -> list[str]:
    return [message.msg for message in run_checks(databases=databases) if (message.id or "") in IDS]


@pytest.fixture
def stored(settings: Any, transactional_db: None) -> None:
    """Three providers: with a readable key, with one of a passphrase that is gone, without a stored key."""
    for name, passphrase in (("claude", "new"), ("gemini", "gone"), ("openai", "")):
        row = Provider.objects.create(name=name, kind=name, model="m", priority=10)
        if passphrase:
            settings.LLM = {**settings.LLM, "SECRET_KEYS": [passphrase]}
            set_api_key(row, "sk-s3cret")
    settings.LLM = {**settings.LLM, "SECRET_KEYS": ["new"]}


@pytest.mark.django_db(transaction=True)
def test_an_unreadable_key_is_named_by_its_provider(stored: None) -> None:
    [message] = found(["default"])
    assert message == "The stored key of the provider gemini cannot be read with the configured LLM_SECRET_KEYS."


@pytest.mark.django_db(transaction=True)
def test_the_plain_check_does_not_look_into_the_database(stored: None) -> None:
    assert found(None) == []


@pytest.mark.django_db(transaction=True)
def test_before_the_migrations_there_is_nothing_to_look_at(stored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", lambda: [])
    assert found(["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_told(stored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[str]:
        raise DatabaseError("postgres://u:s3cret@h/db")

    monkeypatch.setattr(connection.introspection, "table_names", fail)
    assert found(["default"]) == ["The stored vendor keys were not checked: DatabaseError."]


@pytest.mark.django_db(transaction=True)
def test_refused_addresses_and_keys_of_other_addresses_are_named(stored: None) -> None:
    Provider.objects.filter(name="claude").update(base_url="http://10.0.0.5")
    Provider.objects.filter(name="gemini").update(api_key_encrypted="", kind="unknown", api_key_env="GEMINI_API_KEY")
    Provider.objects.filter(name="openai").update(base_url="https://llm.example.com", api_key_env="OPENAI_API_KEY")
    assert found(["default"]) == [
        "The address of the provider claude is malformed or not public, so it gets no requests.",
        "The provider gemini gets no key: GEMINI_API_KEY belongs to another address than the provider's.",
        "The provider openai gets no key: OPENAI_API_KEY belongs to another address than the provider's.",
    ]
