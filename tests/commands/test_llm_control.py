"""`llm_control`: operators' control of a provider from a terminal."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from llm.models import CircuitEvent, Override
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_drain_with_an_end_and_a_reason(run: Run, providers: list[str]) -> None:
    ran = run("llm_control", "claude", "drain", "--for", "30m", "--reason", "new key")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("claude: disabled, held (drained by command")
    assert "new key); until " in ran.out
    row = Override.objects.get()
    assert row.until is not None
    assert timedelta(minutes=29) < row.until - timezone.now() <= timedelta(minutes=30)
    assert CircuitEvent.objects.get().by.startswith("command")


def test_a_release(run: Run, providers: list[str]) -> None:
    run("llm_control", "claude", "disable")
    ran = run("llm_control", "claude", "release")
    assert ran.out == "claude: closed, to be tried (no answer of this account is on record)\n"


def test_json_is_the_providers_status(run: Run, providers: list[str]) -> None:
    shown = json.loads(run("llm_control", "openai", "force_closed", "--json").out)
    assert (shown["name"], shown["state"], shown["override"]["mode"], shown["override"]["until"]) == (
        "openai",
        "closed",
        "force_closed",
        None,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("claude", "explode"), "invalid choice: 'explode'"),
        (("claude", "drain", "--for", "soon"), "is not a duration"),
        (("claude", "drain", "--reason", "x" * 201), "at most 200 characters"),
    ],
)
def test_a_mistake_is_reported(arguments: tuple[str, ...], words: str, run: Run, providers: list[str]) -> None:
    ran = run("llm_control", *arguments)
    assert ran.code != 0
    assert words in ran.err
    assert not Override.objects.exists()
