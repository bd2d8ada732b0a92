"""The groups that the migration makes, and the function that reads their permissions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from llm.models import Call, ConsumerKey, Provider
from llm.services.access.rights import OPERATE, VIEW_CONTENT, Right, may
from llm.stores.config.keys import create
from tests.rights.conftest import make_groups

pytestmark = pytest.mark.django_db(transaction=True)


def _member(group: str, **facts: Any) -> Any:
    facts = {"is_staff": True, **facts}
    user = get_user_model().objects.create_user(f"user-{get_user_model().objects.count()}", **facts)
    user.groups.set(Group.objects.filter(name=group))
    return user


def test_the_groups_are_made_once_and_keep_what_is_edited_later() -> None:
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()  # as on an empty database: Django makes them after all migrations
    ContentType.objects.clear_cache()
    make_groups()
    operators, administrators = (Group.objects.get(name=name) for name in ("Operators", "Administrators"))
    edited = operators.permissions.get(codename="view_call")
    operators.permissions.remove(edited)
    count = administrators.permissions.count()
    make_groups()
    assert edited not in operators.permissions.all()
    assert administrators.permissions.count() == count
    assert Group.objects.count() == 2
    assert Permission.objects.get(codename="view_usagesum").name == "Can view usage"


def test_who_may_do_what() -> None:
    make_groups()
    operator, administrator = _member("Operators"), _member("Administrators")
    everything = [OPERATE, VIEW_CONTENT, (Right.VIEW, Call), (Right.CHANGE, Provider), (Right.ADD, ConsumerKey)]

    def rights(user: Any) -> list[bool]:
        return [may(user, *need) for need in everything]

    assert rights(operator) == [True, False, True, False, False]
    assert rights(administrator) == [True] * 5
    assert rights(_member("Administrators", is_staff=False)) == [False] * 5
    assert rights(_member("Administrators", is_active=False)) == [False] * 5
    assert rights(_member("")) == [False] * 5
    assert rights(_member("", is_superuser=True)) == [True] * 5
    assert rights(_member("", is_superuser=True, is_active=False)) == [False] * 5
    assert rights(AnonymousUser()) == [False] * 5


def test_a_key_is_judged_without_a_query_and_loses_its_rights_with_its_user(client: Client) -> None:
    make_groups()
    operator = _member("Operators")
    group, headers = Group.objects.get(name="Operators"), {"Authorization": f"Bearer {create(operator, 'k')[1]}"}

    def status() -> int:
        return client.get("/api/llm/calls", headers=headers).status_code

    assert status() == 200
    with CaptureQueriesContext(connection) as queries:
        assert client.post("/api/llm/test", {"prompt": []}, "application/json", headers=headers).status_code == 400
    assert [query for query in queries if "permission" in query["sql"]] == []
    take_and_give_back: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: operator.groups.clear(), lambda: operator.groups.add(group)),
        (lambda: group.permissions.clear(), lambda: operator.user_permissions.set(Permission.objects.all())),
        (lambda: operator.user_permissions.clear(), lambda: operator.groups.set([_everything()])),
        (lambda: Group.objects.filter(name="everything").delete(), lambda: operator.groups.add(_everything())),
    ]
    for take, give_back in take_and_give_back:
        take()
        assert status() == 403
        give_back()
        assert status() == 200


def _everything() -> Group:
    group = Group.objects.create(name="everything")
    group.permissions.set(Permission.objects.all())
    return group
