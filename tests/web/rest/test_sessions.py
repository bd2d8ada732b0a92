"""Sessions beside keys: what each may do, when a CSRF token is needed, and which one counts."""

import pytest
from django.test import Client

from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_session_may_read(client: Client, providers: list[str], consumer: Person) -> None:
    client.force_login(consumer.user)
    assert client.get("/api/llm/status").status_code == 200
    assert client.get("/api/llm/providers").status_code == 200
    assert client.get("/api/llm/analytics").status_code == 403


def test_a_session_needs_a_csrf_token_to_change_something(providers: list[str], admin: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin.user)
    for address in ("/api/llm/reset-failures", "/v1/chat/completions"):
        answer = client.post(address, {}, "application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf_failed")


def test_a_session_with_a_csrf_token_may_change_something(providers: list[str], admin: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin.user)
    client.get("/admin/login/")
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}
    assert client.post("/api/llm/reset-failures", {}, "application/json", headers=headers).status_code == 200
    assert client.post("/v1/chat/completions", {}, "application/json", headers=headers).status_code == 400


def test_a_key_needs_no_csrf_token(providers: list[str], admin: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/api/llm/reset-failures", {}, "application/json", headers=admin.headers)
    assert answer.status_code == 200


def test_a_bad_key_is_not_rescued_by_a_session(client: Client, providers: list[str], admin: Person) -> None:
    client.force_login(admin.user)
    for address in ("/api/llm/status", "/api/llm/analytics", "/v1/models"):
        answer = client.get(address, headers={"Authorization": "Bearer djb_wrong"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_another_scheme_in_front_of_a_session_is_not_ours(
    client: Client, providers: list[str], consumer: Person
) -> None:
    client.force_login(consumer.user)
    assert client.get("/api/llm/status", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_an_inactive_user_is_anonymous(client: Client, providers: list[str], consumer: Person) -> None:
    client.force_login(consumer.user)
    consumer.user.is_active = False
    consumer.user.save()
    for address in ("/api/llm/status", "/api/llm/providers"):
        assert client.get(address).status_code == 401
        assert client.get(address, headers=consumer.headers).status_code == 401
