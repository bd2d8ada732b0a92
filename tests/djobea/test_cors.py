"""Pages on other origins: only those that the settings name may call the API, and never with a cookie."""

import http.client
from contextlib import closing

from tests.commands.running import Manage
from tests.djobea.test_serve import serving

ORIGIN = "https://app.example.com"


def asked(port: int, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
    return response


def preflight(port: int, path: str, origin: str) -> http.client.HTTPResponse:
    return asked(
        port,
        "OPTIONS",
        path,
        Origin=origin,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,x-api-key,x-stainless-lang,anthropic-version",
    )


def test_a_named_origin_may_call_and_another_may_not(manage: Manage) -> None:
    _, port, _, _ = serving(manage, "--no-worker", "--no-simulator", CORS_ALLOWED_ORIGINS=ORIGIN)
    for path in ("/v1/chat/completions", "/v1/messages", "/api/ai-suggestions/generate"):
        _check(port, path)
    assert asked(port, "GET", "/admin/login/", Origin=ORIGIN).headers["Access-Control-Allow-Origin"] is None


def _check(port: int, path: str) -> None:
    allowed, refused = preflight(port, path, ORIGIN), preflight(port, path, "https://evil.example.com")
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert {"authorization", "x-api-key", "x-stainless-lang"} <= set(
        allowed.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert allowed.headers["Access-Control-Allow-Credentials"] is None
    assert refused.headers["Access-Control-Allow-Origin"] is None
    for headers in ({}, {"Authorization": "Bearer djb_wrong"}):  # on either middleware chain
        answer = asked(port, "POST", path, Origin=ORIGIN, **headers)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)
        assert "X-LLM-Provider" in answer.headers["Access-Control-Expose-Headers"]


def test_without_a_setting_no_origin_may_call(manage: Manage) -> None:
    _, port, _, _ = serving(manage, "--no-worker", "--no-simulator")
    assert preflight(port, "/v1/messages", ORIGIN).headers["Access-Control-Allow-Origin"] is None
    assert asked(port, "GET", "/livez", Origin=ORIGIN).headers["Access-Control-Allow-Origin"] is None
