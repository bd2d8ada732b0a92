"""`llm_consumers`: consumers and teams from the terminal."""

import json

import pytest

from llm.models import Consumer, ConsumerKey, Team
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_consumer_of_a_team_gets_a_user_without_a_password(run: Run) -> None:
    assert run("llm_consumers", "--teams", "create", "shop").code == 0
    assert run("llm_consumers", "create", "checkout", "--team", "shop").code == 0
    row = Consumer.objects.get()
    assert row.team == Team.objects.get(name="shop")
    assert not row.user.has_usable_password()
    assert not row.user.is_staff


def test_a_disabled_consumer_is_listed_as_such(run: Run) -> None:
    run("llm_consumers", "create", "checkout")
    run("llm_consumers", "change", "checkout", "--disable", "--note", "leaked")
    (shown,) = json.loads(run("llm_consumers", "list", "--json").out)["consumers"]
    assert (shown["name"], shown["state"], shown["note"]) == ("checkout", "disabled", "leaked")


def test_one_with_keys_is_not_removed(run: Run) -> None:
    run("llm_consumers", "create", "checkout")
    run("llm_keys", "create", "--consumer", "checkout")
    refused = run("llm_consumers", "delete", "checkout")
    assert refused.code == 2
    assert Consumer.objects.exists()


def test_a_name_that_is_taken_or_unknown_is_a_mistake(run: Run) -> None:
    run("llm_consumers", "create", "checkout")
    assert run("llm_consumers", "create", "checkout").code == 2
    assert run("llm_consumers", "change", "nobody", "--disable").code == 2
    assert run("llm_consumers", "create", "till", "--team", "nobody's").code == 2


@pytest.mark.parametrize("whose", [("--consumer", "checkout"), ("--team", "shop")])
def test_all_keys_of_a_consumer_or_team_are_revoked_at_once(run: Run, whose: tuple[str, str]) -> None:
    run("llm_consumers", "--teams", "create", "shop")
    run("llm_consumers", "create", "checkout", "--team", "shop")
    run("llm_consumers", "create", "till")
    for name in ("checkout", "checkout", "till"):
        run("llm_keys", "create", "--consumer", name)
    assert run("llm_keys", "revoke", *whose).code == 0
    revoked = ConsumerKey.objects.exclude(revoked_at=None).values_list("consumer__name", flat=True)
    assert sorted(revoked) == ["checkout", "checkout"]
