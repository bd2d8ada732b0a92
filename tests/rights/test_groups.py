"""The groups that the migration makes, and the function that reads their permissions."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from llm.models import Call, ConsumerKey, Provider
from llm.services.consumers import Consumer
from llm.services.rights import OPERATE, VIEW_CONTENT, Right, may
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
    assert Permission.objects.get(codename="view_hourlyusage").name == "Can view hourly usage"


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


def test_a_consumers_request_asks_the_database_for_no_right() -> None:
    make_groups()
    with CaptureQueriesContext(connection) as queries:
        assert not may(Consumer(user_id=1, username="shop"), *OPERATE)
    assert len(queries) == 0
    operator = _member("Operators")
    known = Consumer(user_id=operator.pk, username=operator.username, is_staff=True)
    assert may(known, *OPERATE)
    operator.groups.clear()
    assert not may(known, *OPERATE)  # at once, although the key's record in memory still says staff
