"""Clients of the console on a database whose changes are rolled back."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture
def viewer(db: None) -> Callable[..., Client]:
    """`viewer("view_call")` is the client of staff with these permissions of the gateway only."""

    def make(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff-{User.objects.count()}", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="llm", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def console(viewer: Callable[..., Client]) -> Client:
    """Who may look at everything but prompts, and do nothing."""
    return viewer("view_provider", "view_call", "view_circuitevent", "view_usagesum", "view_wallet")
