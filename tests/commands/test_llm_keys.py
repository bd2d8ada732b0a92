"""`llm_keys`: consumer keys from the terminal."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from llm.models import ConsumerKey
from llm.stores.config.keys import digest
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> str:
    get_user_model().objects.create_user("shop")
    return "shop"


def test_a_new_key_is_shown_once_and_stored_as_a_digest(run: Run, shop: str) -> None:
    key = run("llm_keys", "create", "--user", shop, "--name", "till").out.split()[0]
    row = ConsumerKey.objects.get()
    assert (row.digest, row.name, row.user.get_username()) == (digest(key), "till", shop)
    assert key not in run("llm_keys", "list").out
    assert key not in run("llm_keys", "list", "--json").out


def test_a_key_can_be_given_an_end(run: Run, shop: str) -> None:
    run("llm_keys", "create", "--user", shop, "--expires-in", "2d")
    left = ConsumerKey.objects.get().expires_at - timezone.now()
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)


def test_a_user_is_made_only_when_asked_for(run: Run) -> None:
    assert run("llm_keys", "create", "--user", "depot").code == 2
    assert run("llm_keys", "create", "--user", "depot", "--create-user").code == 0
    assert not get_user_model().objects.get(username="depot").has_usable_password()


def test_json_works_on_both_sides_of_the_action(run: Run, shop: str) -> None:
    made = json.loads(run("llm_keys", "create", "--user", shop, "--json").out)
    assert made["key"].startswith("djb_")
    assert [key["id"] for key in json.loads(run("llm_keys", "--json", "list").out)["keys"]] == [made["id"]]


def test_the_list_can_be_one_user_s(run: Run, shop: str) -> None:
    run("llm_keys", "create", "--user", shop)
    run("llm_keys", "create", "--user", "depot", "--create-user")
    assert [key["user"] for key in json.loads(run("llm_keys", "list", "--user", shop, "--json").out)["keys"]] == [shop]


@pytest.mark.parametrize("by", ["key", "id", "prefix"])
def test_a_key_is_revoked_by_itself_its_id_or_its_first_characters(run: Run, shop: str, by: str) -> None:
    made = json.loads(run("llm_keys", "create", "--user", shop, "--json").out)
    assert json.loads(run("llm_keys", "revoke", made[by], "--json").out)["state"] == "revoked"
    assert ConsumerKey.objects.get().revoked_at is not None


def test_a_few_characters_are_not_enough_to_revoke(run: Run, shop: str) -> None:
    run("llm_keys", "create", "--user", shop)
    assert run("llm_keys", "revoke", "djb_").code == 2


def test_no_keys_are_no_empty_table(run: Run) -> None:
    assert run("llm_keys", "list").out == "No keys yet.\n"
