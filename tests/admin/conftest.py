"""Clients of the admin: a superuser, and staff with chosen permissions."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.conftest import Person


@pytest.fixture
def desk(admin: Person) -> Client:
    """The client of ada, a superuser."""
    client = Client()
    client.force_login(admin.user)
    return client


@pytest.fixture
def staff(transactional_db: None) -> Callable[..., Client]:
    """`staff("view_provider")` is the client of a user with these permissions of the gateway only."""

    def make(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff-{User.objects.count()}", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="llm", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return make
