"""Bad requests get the contract's JSON, never an HTML page."""

import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client, override_settings
from django.urls import path

from djobea import urls
from tests.conftest import Live, Person
from web.endpoint import Access, ApiError, RequestContext, endpoint

pytestmark = pytest.mark.django_db(transaction=True)

TEST = "/api/llm/test"
RESET = "/api/llm/reset-failures"
CHAT = "/v1/chat/completions"
POSTS = (TEST, RESET, CHAT)


def _post(client: Client, address: str, body: str | bytes, person: Person, kind: str = "application/json") -> Any:
    return client.generic("POST", address, body, kind, headers=person.headers)


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"text"',
        "null",
        "{} {}",
        '{"prompt": NaN}',
        '{"prompt": "\\ud800"}',
        b"\xff\xfe{}",
        "[" * 100_000,
        '{"n": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_json_object_is_a_400(client: Client, admin: Person, address: str, body: str | bytes) -> None:
    answer = _post(client, address, body, admin)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_json"), error
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_another_content_type_is_a_415(client: Client, admin: Person, address: str, kind: str) -> None:
    answer = _post(client, address, "prompt=hi", admin, kind)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.api+json"])
def test_json_by_its_other_names_is_taken(client: Client, admin: Person, providers: list[str], kind: str) -> None:
    assert _post(client, TEST, '{"provider": "claude"}', admin, kind).status_code == 200


@pytest.mark.parametrize("address", POSTS)
def test_an_oversized_body_is_a_413(client: Client, admin: Person, address: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = _post(client, address, json.dumps({"prompt": "x" * 2_000}), admin)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("address", POSTS)
def test_an_oversized_body_without_a_length_is_a_413_too(
    live: Live, admin: Person, address: str, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    status, body = _chunked(live, address, [b'{"prompt": "', b"x" * 2_000, b'"}'], admin)
    assert (status, json.loads(body)["error"]["code"]) == (413, "payload_too_large")


def test_a_body_without_a_length_is_read_all_the_same(live: Live, admin: Person, providers: list[str]) -> None:
    for address, faulty in ((TEST, "provider"), (RESET, "provider")):
        status, body = _chunked(live, address, [b'{"provider"', b": []}"], admin)
        assert (status, list(json.loads(body)["error"]["details"])) == (400, [faulty])


def _chunked(live: Live, address: str, pieces: list[bytes], person: Person) -> tuple[int, bytes]:
    headers = {**person.headers, "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(urlsplit(live.url).netloc, timeout=30)) as connection:
        connection.request("POST", address, iter(pieces), headers, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_an_unknown_field_is_named(client: Client, admin: Person) -> None:
    for address in (TEST, RESET):
        answer = _post(client, address, '{"provder": "claude"}', admin)
        assert answer.status_code == 400
        assert answer.json()["error"]["details"] == {"provder": ["Unknown field."]}
        assert "provder" in answer.json()["error"]["message"]
    headers = {"X-LLM-Strict": "true", **admin.headers}
    asked = '{"model": "default", "messages": [], "temprature": 1}'
    answer = client.post(CHAT, asked, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "temprature")


@pytest.mark.parametrize(
    "address", ["/api/nothing", "/v1/nothing", "/api", "/v1", "/nothing", "/api/llm/providers/a/b"]
)
def test_an_unknown_address_is_a_404_in_json(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert ("type" in answer.json()["error"]) == address.startswith("/v1")


def test_both_error_shapes_are_exact(client: Client) -> None:
    headers = {"X-Request-ID": "abc-1"}
    assert client.get("/api/nothing", headers=headers).json() == {
        "error": {"code": "not_found", "message": "There is nothing here.", "request_id": "abc-1"}
    }
    assert client.get("/v1/models", headers=headers).json() == {
        "error": {
            "message": "Incorrect API key provided. Send your API key as `Authorization: Bearer <key>`, or log in.",
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
    }


def test_a_405_says_what_is_allowed(client: Client, admin: Person) -> None:
    for address, allowed in ((TEST, {"POST"}), (RESET, {"POST"}), ("/api/llm/calls", {"GET", "HEAD"})):
        answer = client.delete(address, headers=admin.headers)
        assert answer.status_code == 405
        assert {method.strip() for method in answer["Allow"].split(",")} == allowed
        assert "DELETE" in answer.json()["error"]["message"]


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("address", [TEST, RESET, CHAT, "/api/llm/health", "/api/llm/providers", "/api/schema"])
def test_odd_methods_are_405(client: Client, admin: Person, method: str, address: str) -> None:
    assert client.generic(method, address, headers=admin.headers).status_code == 405


def test_head_is_answered_where_get_is(client: Client, admin: Person, providers: list[str]) -> None:
    for address in ("/api/llm/health", "/api/llm/status", "/api/llm/providers", "/api/llm/calls", "/v1/models"):
        answer = client.head(address, headers=admin.headers)
        assert (answer.status_code, answer.content) == (200, b"")


def test_a_sane_request_id_is_kept_and_any_other_replaced(client: Client) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "Abc.1:2_3-4"})["X-Request-ID"] == "Abc.1:2_3-4"
    for bad in ("", "a b", "é", "x" * 129, "<script>", "a\tb"):
        given = client.get("/livez", headers={"X-Request-ID": bad})["X-Request-ID"]
        assert given != bad
        assert len(given) == 36


def test_a_host_that_is_not_ours_is_a_400_in_json(client: Client) -> None:
    answer = client.get("/api/llm/health", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Request-ID"] == answer.json()["error"]["request_id"]


@endpoint("GET", access=Access.ANYONE)
async def broken(context: RequestContext) -> dict[str, Any]:
    raise RuntimeError("secret sk-12345")


def plainly_broken(request: Any) -> None:
    raise RuntimeError("secret sk-12345")


urlpatterns = [*urls.urlpatterns, path("api/broken", broken), path("v1/broken", plainly_broken)]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("address", ["/api/broken", "/v1/broken"])
def test_a_500_shows_only_a_request_id(address: str, debug: bool) -> None:
    client = Client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF=__name__, DEBUG=debug):
        answer = client.get(address)
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/json"
    text = answer.content.decode()
    assert "secret" not in text
    assert "Traceback" not in text
    if address.startswith("/api"):
        assert answer.json()["error"]["request_id"] == answer["X-Request-ID"]


def test_the_admin_keeps_its_pages(client: Client) -> None:
    answer = client.get("/admin/nothing/", follow=True)
    assert answer["Content-Type"].startswith("text/html")
    assert client.get("/")["Content-Type"].startswith("text/html")


def teapot(error: ApiError, request_id: str) -> dict[str, Any]:
    return {"teapot": error.code}


def test_a_dialect_of_its_own_is_a_setting(client: Client, settings: Any) -> None:
    settings.ERROR_FORMATS = {"/v1/tea": f"{__name__}.teapot", **settings.ERROR_FORMATS}
    settings.REQUEST_ID_HEADERS = {"/v1/tea": "X-Tea-Id"}
    answer = client.get("/v1/tea/pot")
    assert answer.json() == {"teapot": "not_found"}
    assert answer["X-Tea-Id"] == answer["X-Request-ID"]
    assert "type" in client.get("/v1/teapot").json()["error"]
    assert "X-Tea-Id" not in client.get("/v1/teapot")
