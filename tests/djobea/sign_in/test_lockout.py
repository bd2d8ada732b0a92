"""Failed sign-ins lock a name at an address for a while, in all workers. Keys and sessions go on."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.test import Client, RequestFactory

from djobea.sign_in.address import client_address
from tests.conftest import Person
from tests.djobea.sign_in.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = django_settings.AXES_FAILURE_LIMIT


def fail(times: int, **headers: str) -> list[int]:
    """The statuses of failed sign-ins of ada, each by a client of its own."""
    return [sign_in(Client(), "wrong", **headers).status_code for _ in range(times)]


def test_the_fifth_failure_locks_the_name_at_this_address(admin: Person) -> None:
    assert fail(LIMIT) == [200] * (LIMIT - 1) + [429]
    locked = sign_in(Client(), admin.password)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 900
    assert "Too many failed sign-ins" in locked.content.decode()
    assert "<script" not in locked.content.decode()
    french = sign_in(Client(), admin.password, Accept_Language="fr").content.decode()
    assert "Trop de connexions" in french
    assert '<html lang="fr">' in french

    # A further try does not lengthen the lock; another name, another address, a key and a session go on.
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=10))
    assert int(sign_in(Client(), admin.password)["Retry-After"]) <= 300
    assert sign_in(Client(), "wrong", name="bob").status_code == 200
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), admin.password).status_code == 302
    assert Client().get("/api/llm/status", headers=admin.headers).status_code == 200
    session = Client()
    session.force_login(admin.user)
    assert session.get("/api/llm/status").status_code == 200

    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.first().attempt_time - timedelta(minutes=6))
    assert sign_in(Client(), admin.password).status_code == 302


def test_a_success_forgets_and_old_failures_of_anyone_are_removed(admin: Person) -> None:
    assert fail(LIMIT - 1) == [200] * (LIMIT - 1)
    assert sign_in(Client(), admin.password).status_code == 302
    assert fail(LIMIT - 1) == [200] * (LIMIT - 1)
    sign_in(Client(), "wrong", name="somebody else")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.first().attempt_time - timedelta(minutes=16))
    sign_in(Client(), "wrong", name="third")
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["third"]


def test_the_screen_of_failures_unlocks(admin: Person) -> None:
    fail(LIMIT)
    desk = Client()
    desk.force_login(admin.user)
    row = AccessAttempt.objects.get()
    assert "ada" in desk.get("/admin/axes/accessattempt/").content.decode()
    assert desk.post(f"/admin/axes/accessattempt/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert sign_in(Client(), admin.password).status_code == 302


def test_a_forwarded_address_counts_only_behind_a_proxy(admin: Person, settings: Any) -> None:
    spoofed = [sign_in(Client(), "wrong", X_Forwarded_For=f"192.0.2.{n}").status_code for n in range(LIMIT)]
    assert spoofed[-1] == 429
    settings.BEHIND_TLS_PROXY = True
    fresh = [sign_in(Client(), "wrong", X_Forwarded_For=f"192.0.2.{n}").status_code for n in range(LIMIT)]
    assert fresh == [200] * LIMIT
    own = [sign_in(Client(), "wrong", X_Forwarded_For=f"192.0.2.{n}, 198.51.100.1").status_code for n in range(LIMIT)]
    assert own[-1] == 429


@pytest.mark.parametrize(
    ("behind", "sender", "forwarded", "counted"),
    [
        (False, "192.0.2.1", "198.51.100.9", "192.0.2.1"),
        (True, "10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (True, "10.0.0.1", "", "10.0.0.1"),
        (True, "10.0.0.1", "no address", None),
        (False, "", "", None),
        (False, "2001:db8:1:2:aaaa::1", "", "2001:db8:1:2::"),
        (False, "fe80::1%eth0", "", "fe80::"),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_the_counted_address(behind: bool, sender: str, forwarded: str, counted: str | None, settings: Any) -> None:
    settings.BEHIND_TLS_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR=sender, headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == counted
