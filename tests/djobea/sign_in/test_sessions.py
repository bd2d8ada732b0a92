"""Sessions end when their user's password changes, in the admin and in the API."""

import pytest
from django.test import Client

from tests.conftest import Person
from tests.djobea.sign_in.signing_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "another correct battery"
PATHS = ("/admin/", "/api/llm/status", "/api/conversations")


def opens(client: Client) -> list[bool]:
    return [client.get(path).status_code == 200 for path in PATHS]


def test_a_changed_password_ends_all_other_sessions(admin: Person) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        assert sign_in(client, admin.password).status_code == 302
        assert opens(client) == [True] * 3
    form = {"old_password": admin.password, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert opens(here) == [True] * 3
    assert opens(elsewhere) == [False] * 3
    assert Client().get("/api/llm/status", headers=admin.headers).status_code == 200, "a key is not a password"

    admin.user.refresh_from_db()
    admin.user.set_password("set by somebody else")
    admin.user.save()
    assert opens(here) == [False] * 3
