"""The two middleware chains: which requests take the API's short one, and that both guard alike."""

import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from djobea.api_handler import takes_api_chain
from tests.conftest import Live, Person

BEARER = (b"authorization", b"Bearer djb_x")
API_KEY = (b"x-api-key", b"djb_x")
BASIC = (b"authorization", b"Basic YTpi")
COOKIE = (b"cookie", b"sessionid=1")

GUARDS = ("X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Strict-Transport-Security")


@pytest.mark.parametrize(
    ("path", "headers", "short"),
    [
        ("/v1/chat/completions", [BEARER], True),
        ("/v1/chat/completions", [(b"authorization", b"bEARER djb_x")], True),
        ("/v1/chat/completions", [BASIC, COOKIE], False),
        ("/v1/chat/completions", [], False),
        ("/v1/messages", [API_KEY], True),
        ("/api/llm/status", [COOKIE, BEARER], True),
        ("/api/llm/status", [API_KEY], False),
        ("/api/llm/status", [COOKIE], False),
        ("/api/llm/health", [], True),
        ("/livez/", [], True),
        ("/readyz", [COOKIE], True),
        ("/admin/", [BEARER], False),
        ("/admin/llm/call/", [BEARER, COOKIE], False),
        ("/i18n/setlang/", [BEARER], False),
        ("/static/llm/admin.css", [BEARER], False),
        ("/", [BEARER], False),
        ("/v1", [BEARER], False),
        ("/apis/anything", [BEARER], False),
    ],
)
def test_only_api_requests_with_a_key_of_their_own_take_the_short_chain(
    path: str, headers: list[tuple[bytes, bytes]], short: bool
) -> None:
    assert takes_api_chain({"type": "http", "path": path, "headers": headers}) is short


def _get(live: Live, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, Any]:
    with closing(http.client.HTTPConnection(urlsplit(live.url).netloc, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())


@pytest.mark.parametrize("path", ["/api/llm/status", "/v1/models", "/v1/messages"])
@pytest.mark.parametrize("with_key", [True, False])
def test_a_foreign_host_is_a_400_in_the_shape_of_the_door(
    live: Live, consumer: Person, settings: Any, path: str, with_key: bool
) -> None:
    settings.ALLOWED_HOSTS = ["good.example"]
    headers = consumer.headers if with_key else {}
    status, _, body = _get(live, path, Host="evil.example", **headers)
    shapes = {
        "/api/llm/status": {"code": "invalid_request"},
        "/v1/models": {"type": "invalid_request_error", "param": None},
        "/v1/messages": {"type": "invalid_request_error", "details": {"error_code": "invalid_request"}},
    }
    assert status == 400
    assert body["error"].items() >= shapes[path].items()
    assert _get(live, path, Host="good.example", **headers)[0] != 400


def test_the_health_check_refuses_a_foreign_host(live: Live, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["good.example"]
    assert _get(live, "/livez", Host="evil.example")[0] == 400
    assert _get(live, "/livez", Host="good.example")[0] == 200


@pytest.mark.parametrize("path", ["/api/llm/status", "/v1/models", "/v1/nothing"])
def test_both_chains_send_the_same_security_headers(live: Live, consumer: Person, path: str) -> None:
    short, whole = (_get(live, path, **headers)[1] for headers in (consumer.headers, {}))
    assert {name: short.get(name) for name in GUARDS} == {name: whole.get(name) for name in GUARDS}
    assert short["X-Content-Type-Options"] == "nosniff"
    assert short["Referrer-Policy"] == "same-origin"
    assert short["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_refusal_of_the_host_bears_the_security_headers_too(live: Live, consumer: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["good.example"]
    headers = _get(live, "/v1/models", Host="evil.example", **consumer.headers)[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
