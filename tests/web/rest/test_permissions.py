"""Access by address, method and kind of person. A new address fails here until it has a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from llm.models import Provider
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = ("anonymous", "consumer", "other", "admin")

SPARE = "spare"
UNKNOWN_ID = "01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What anonymous, a consumer, another consumer and an admin get; the body is what the method is tried with."""

    get: tuple[int, int, int, int] | None = None
    post: tuple[int, int, int, int] | None = None
    patch: tuple[int, int, int, int] | None = None
    delete: tuple[int, int, int, int] | None = None
    body: str = "{}"

    def expected(self, method: str) -> tuple[int, int, int, int]:
        return getattr(self, method.lower(), None) or (405, 405, 405, 405)


OPEN = (200, 200, 200, 200)
CONSUMERS = (401, 200, 200, 200)
ADMINS = (401, 403, 403, 200)
BAD_BODY = (401, 400, 400, 400)

MATRIX: dict[str, Row] = {
    "livez": Row(get=OPEN),
    "readyz": Row(get=OPEN),
    "api/llm/health": Row(get=OPEN),
    "api/llm/status": Row(get=CONSUMERS),
    "api/llm/providers": Row(get=CONSUMERS, post=(401, 403, 403, 400)),
    "api/llm/providers/<slug:name>": Row(get=ADMINS, patch=ADMINS, delete=(401, 403, 403, 204)),
    "api/llm/providers/<slug:name>/events": Row(get=ADMINS),
    "api/llm/providers/<slug:name>/control": Row(post=(401, 403, 403, 400)),
    "api/llm/test": Row(post=BAD_BODY, body='{"prompt": []}'),
    "api/llm/reset-failures": Row(post=ADMINS),
    "api/llm/analytics": Row(get=ADMINS),
    "api/llm/calls": Row(get=ADMINS),
    "api/llm/calls/<uuid:pk>": Row(get=(401, 403, 403, 404)),
    "v1/chat/completions": Row(post=BAD_BODY),
    "v1/messages": Row(post=BAD_BODY),
    "v1/messages/count_tokens": Row(post=BAD_BODY),
    "v1/models": Row(get=CONSUMERS),
    "v1/models/<path:model_id>": Row(get=CONSUMERS),
    "api/schema": Row(get=CONSUMERS),
    "api/docs": Row(get=CONSUMERS),
    "api/ai-suggestions/generate": Row(post=BAD_BODY),
    "api/conversations": Row(get=CONSUMERS, post=BAD_BODY, body='{"message": []}'),
    "api/conversations/<uuid:conversation_id>": Row(get=(401, 404, 404, 404), delete=(401, 404, 404, 404)),
    "api/conversations/<uuid:conversation_id>/messages": Row(post=BAD_BODY),
}

ELSEWHERE = ("admin/", "i18n/", "")
"""Pages of the admin have Django's own permissions, its language switch only sets a cookie; the root leads there."""


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if route in ELSEWHERE and (isinstance(pattern, URLPattern) or route):
            continue
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, route)
        else:
            yield route


def _routes() -> list[str]:
    return list(_patterns(get_resolver()))


def _address(route: str) -> str:
    values = {
        "<slug:name>": SPARE,
        "<path:model_id>": "claude",
        "<uuid:pk>": UNKNOWN_ID,
        "<uuid:conversation_id>": UNKNOWN_ID,
    }
    for part, value in values.items():
        route = route.replace(part, value)
    return f"/{route}"


def test_every_address_stands_in_the_matrix() -> None:
    assert {route.rstrip("/") for route in _routes()} == set(MATRIX)


def test_every_address_but_that_of_free_text_exists_with_and_without_a_slash() -> None:
    routes = set(_routes())
    assert {r for r in routes if not r.endswith("/")} == set(MATRIX)
    assert {r for r in routes if r.endswith("/")} == {f"{r}/" for r in MATRIX if "<path:" not in r}


@pytest.mark.parametrize("route", MATRIX)
def test_everybody_gets_what_the_matrix_says(
    client: Client, providers: list[str], consumer: Person, other: Person, admin: Person, route: str
) -> None:
    row = MATRIX[route]
    for slash in ("", "/"):
        for method in METHODS:
            Provider.objects.get_or_create(name=SPARE, defaults={"kind": "openai", "model": "m", "enabled": False})
            body = row.body if method in ("POST", "PUT", "PATCH") else ""
            answers = [
                client.generic(method, _address(route) + slash, body, "application/json", headers=headers)
                for headers in ({}, consumer.headers, other.headers, admin.headers)
            ]
            statuses = tuple(answer.status_code for answer in answers)
            assert statuses == row.expected(method), (method, slash, dict(zip(PEOPLE, statuses, strict=True)))
            for answer in answers:
                _assert_is_in_the_contract(answer, method)


def _assert_is_in_the_contract(answer: Any, method: str) -> None:
    assert answer["X-Request-ID"]
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["error"]["message"]
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"].startswith("Bearer")
    if answer.status_code == 405:
        assert method not in answer["Allow"]


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
