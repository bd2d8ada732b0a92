"""`manage.py llm_route`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from llm.models import Route, RouteRule

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> str:
    out = StringIO()
    call_command("llm_route", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def rules() -> None:
    batch = Route.objects.create(name="batch", deadline_s=120)
    RouteRule.objects.create(name="night", position=1, route=batch, from_hour=22, to_hour=6, teams=["shop"])
    RouteRule.objects.create(name="large", position=2, route=batch, min_tokens=50_000)


def test_it_explains_the_choice_and_each_rule_that_was_passed_over(rules: None) -> None:
    text = run("explain", "--team", "shop", "--at", "23:30")
    assert "Route batch, by the rule night." in text
    assert "Deadline: 120 s." in text
    assert "large comes after the rule that decided" in text
    noon = json.loads(run("explain", "--team", "shop", "--at", "12:00", "--json"))
    assert noon["choice"] == {"route": "default", "rule": None, "misses": [["night", "hour"], ["large", "size"]]}


def test_it_lists_the_rules_in_order(rules: None) -> None:
    text = run("list")
    assert text.index("night") < text.index("large")
    assert "from_hour: 22" in text
    assert [one["name"] for one in json.loads(run("list", "--json"))] == ["night", "large"]


def test_without_rules_it_says_so() -> None:
    assert "No rules" in run("list")
    assert "as asked: no rule fits" in run("explain")


def test_a_wrong_time_is_named() -> None:
    with pytest.raises(CommandError, match="--at: '25:00' is no time of day"):
        run("explain", "--at", "25:00")
