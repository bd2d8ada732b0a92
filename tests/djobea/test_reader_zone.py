"""The admin's times in the reader's zone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.admin.console.log import call
from tests.conftest import Person

AT = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cookie", "deployment", "shown"),
    [
        ("Africa/Douala", "UTC", "1 Jul 13:30:00"),
        ("America/New_York", "UTC", "1 Jul 08:30:00"),
        ("", "Europe/Paris", "1 Jul 14:30:00"),
        ("Europe/Atlantis", "UTC", "1 Jul 12:30:00"),
        ("../../etc/passwd", "UTC", "1 Jul 12:30:00"),
        ("Africa", "UTC", "1 Jul 12:30:00"),
    ],
)
def test_times_are_those_of_the_browser_or_of_the_deployment(
    cookie: str, deployment: str, shown: str, admin: Person, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "TIME_ZONE": deployment}
    row = call(("claude", ""), at=AT)
    client = Client()
    client.force_login(admin.user)
    if cookie:
        client.cookies["djb_zone"] = cookie
    assert shown in client.get(f"/admin/llm/call/{row.pk}/change/").content.decode()
    # Its hours do not begin with those of the sums: the pages of usage are in the deployment's zone.
    client.cookies["djb_zone"] = "Asia/Kolkata"
    assert client.get("/admin/console/spend/?period=today").status_code == 200
    assert timezone.get_current_timezone_name() == deployment
    client.get("/")
    assert timezone.get_current_timezone_name() == "UTC"
