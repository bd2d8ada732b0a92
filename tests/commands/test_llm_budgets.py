"""`manage.py llm_budgets`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from llm.models import Budget, Limit

pytestmark = pytest.mark.django_db(transaction=True)


def _run(*words: str) -> str:
    out = StringIO()
    call_command("llm_budgets", *words, stdout=out)
    return out.getvalue()


def test_limits_and_budgets_are_made_listed_and_deleted() -> None:
    assert "No limits and no budgets" in _run("list")
    _run("create", "month", "--usd", "200", "--zone", "Africa/Douala")
    _run("create", "calm", "--requests-per-minute", "60", "--scope", "key", "--target", "k-1")
    shown: Any = json.loads(_run("list", "--json"))
    assert shown["budgets"][0]["state"][0]["spent"] == "0"
    assert shown["budgets"][0]["state"][0]["renews_at"].endswith("T23:00:00Z")
    assert shown["limits"][0]["target"] == "k-1"
    assert "200.0000" in _run("list")
    _run("delete", "calm")
    assert (Limit.objects.count(), Budget.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["create", "b"], "usd: Give an amount"),
        (["create", "b", "--usd", "5", "--zone", "Mars"], "zone: Unknown time zone"),
        (["create", "b", "--usd", "5", "--scope", "team"], "target: A name is needed"),
        (["create", "b", "--usd", "5", "--span", "rolling"], "rolling_hours: Hours are needed"),
        (["create", "b", "--usd", "5", "--at-once", "2"], "--usd belongs to a budget"),
        (["delete", "b"], "no limit and no budget named 'b'"),
    ],
)
def test_mistakes_name_the_field(words: list[str], fault: str) -> None:
    with pytest.raises(CommandError, match=fault):
        _run(*words)
