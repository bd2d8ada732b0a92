"""`--as USER`: a command asks the same function as API and admin. Without it the operating system decides."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from llm.models import CircuitEvent, ConsumerKey
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = {
    "llm.operate_provider": [("llm_control", "claude", "drain"), ("llm_reset",), ("llm_healthcheck",)],
    "llm.view_provider": [("llm_providers",)],
    "llm.change_provider": [("llm_providers", "sync"), ("llm_rotate_secrets",)],
    "llm.view_call": [("llm_whatif", "--down", "claude")],
    "llm.delete_call": [("llm_prune", "--older-than", "30d")],
}


def test_a_user_without_the_right_is_refused_and_one_with_it_is_named(run: Run, providers: list[str]) -> None:
    user = get_user_model().objects.create_user("ada", is_staff=True)
    for permission, commands in REFUSED.items():
        for command in commands:
            ran = run(*command, "--as", "ada")
            assert (ran.code, ran.err) == (2, f"ada has no right to this: {permission}."), command
    assert run("llm_reset", "--as", "nobody").code == 2
    assert not CircuitEvent.objects.exists()
    user.user_permissions.set(Permission.objects.filter(codename="operate_provider"))
    assert run("llm_control", "claude", "drain", "--as", "ada").code == 0
    assert CircuitEvent.objects.get().by == "command (ada)"
    assert run("llm_reset").code == 0


def test_a_key_has_its_owners_rights_so_its_maker_needs_them_too(run: Run) -> None:
    users = get_user_model().objects
    maker, _ = users.create_user("ada", is_staff=True), users.create_user("boss", is_staff=True)
    users.create_user("shop")
    keys = ("llm_keys", "--as", "ada", "create", "--user")
    assert run(*keys, "shop").code == 2
    maker.user_permissions.set(Permission.objects.filter(codename="add_consumerkey"))
    assert run(*keys, "shop").code == 0
    assert run(*keys, "boss").code == 2
    assert run(*keys, "new", "--create-user").code == 2
    assert ConsumerKey.objects.count() == 1
    assert run("llm_keys", "create", "--user", "boss").code == 0
