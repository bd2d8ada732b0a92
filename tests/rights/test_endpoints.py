"""Every address of the API, by method and identity."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.rights.conftest import World
from tests.rights.endpoints import ENDPOINTS
from tests.rights.people import METHODS, Who

ELSEWHERE = ("admin/", "i18n/", "")
"""Pages: `test_screens.py` walks them."""


def _routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if route in ELSEWHERE and (isinstance(pattern, URLPattern) or route):
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        else:
            yield route


def _address(route: str, world: World) -> str:
    values = {
        "<slug:name>": "spare",
        "<slug:account>": "spare",
        "<slug:preset>": "mistral",
        "<path:model_id>": "answering",
        "<uuid:pk>": str(world.rows["llm.call"]),
        "<uuid:price_id>": str(world.rows["llm.modelprice"]),
        "<uuid:conversation_id>": str(world.rows["conversations.conversation"]),
    }
    for part, value in values.items():
        route = route.replace(part, value)
    return f"/{route}"


def test_every_address_has_a_row() -> None:
    assert {route.rstrip("/") for route in _routes()} == set(ENDPOINTS)


def test_every_address_but_that_of_free_text_exists_with_and_without_a_slash() -> None:
    routes = set(_routes())
    assert {r for r in routes if not r.endswith("/")} == set(ENDPOINTS)
    assert {r for r in routes if r.endswith("/")} == {f"{r}/" for r in ENDPOINTS if "<path:" not in r}


@pytest.mark.parametrize("who", Who)
def test_each_identity_gets_what_the_table_says(who: Who, world: World) -> None:
    client, headers, wrong = Client(), world.headers(who), {}
    for route, endpoint in ENDPOINTS.items():
        world.mend()
        for method in METHODS:
            expected = endpoint.expected(method, who)
            body = endpoint.body if method in ("POST", "PUT", "PATCH") else ""
            for slash in ("",) if expected == 405 else ("", "/"):
                address = _address(route, world) + slash
                answer = client.generic(method, address, body, "application/json", headers=headers)
                if answer.status_code == 204:
                    world.mend()
                if answer.status_code != expected:
                    wrong[f"{method} {route}{slash}"] = (answer.status_code, "expected", expected)
                _assert_is_in_the_contract(answer, method)
    assert wrong == {}


def _assert_is_in_the_contract(answer: Any, method: str) -> None:
    assert answer["X-Request-ID"]
    if answer.status_code >= 400 and method != "HEAD":
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["error"]["message"]
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"].startswith("Bearer")
    if answer.status_code == 405:
        assert method not in answer["Allow"]
