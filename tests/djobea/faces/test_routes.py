"""Which requests take the short door, and that its routes are Django's."""

from typing import Any
from uuid import UUID

import pytest
from django.urls import resolve

from djobea import asgi
from djobea.short_door import route_of

CONVERSATION = f"/api/conversations/{UUID(int=7)}"
ADDRESSES = (
    "/v1/chat/completions",
    "/v1/messages",
    "/api/ai-suggestions/generate",
    f"{CONVERSATION}/messages",
)
BEARER = (b"authorization", b"Bearer djb_x")
API_KEY = (b"x-api-key", b"djb_x")
COOKIE = (b"cookie", b"sessionid=1")


@pytest.mark.parametrize("path", [*ADDRESSES, *(f"{path}/" for path in ADDRESSES)])
def test_a_route_of_the_short_door_is_that_of_django(path: str) -> None:
    ours, theirs = route_of(path), resolve(path)
    assert ours is not None
    assert (ours.func, ours.args, ours.kwargs, ours.route) == (theirs.func, (), theirs.kwargs, theirs.route)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/chat/completions//",
        "/v1/messages/count_tokens",
        "/v1/models",
        "/api/ai-suggestions",
        "/api/conversations",
        CONVERSATION,
        "/api/conversations/messages",
        "/api/conversations/7/messages",
        f"{CONVERSATION}/messages/messages",
        f"{CONVERSATION}/messages\n",
        "/api/llm/status",
    ],
)
def test_other_addresses_have_none(path: str) -> None:
    assert route_of(path) is None


@pytest.mark.parametrize(
    ("path", "headers", "handler"),
    [
        ("/v1/chat/completions", [BEARER], asgi._short_door),
        ("/v1/chat/completions", [BEARER, COOKIE, (b"origin", b"https://shop.example")], asgi._short_door),
        ("/v1/messages/", [API_KEY], asgi._short_door),
        (f"{CONVERSATION}/messages", [BEARER], asgi._short_door),
        (f"{CONVERSATION}/messages", [API_KEY], asgi._pages_handler),
        ("/api/ai-suggestions/generate", [COOKIE], asgi._pages_handler),
        ("/v1/chat/completions", [], asgi._pages_handler),
        ("/v1/models", [BEARER], asgi._api_handler),
        ("/livez", [], asgi._api_handler),
        ("/admin/", [BEARER], asgi._pages_handler),
    ],
)
def test_only_requests_with_a_key_of_their_own_take_it(path: str, headers: Any, handler: Any) -> None:
    assert asgi.handler_of({"type": "http", "path": path, "headers": headers}) is handler
