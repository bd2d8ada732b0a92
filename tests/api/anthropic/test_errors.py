"""Bad requests to Anthropic's API get Anthropic's error object."""

from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path

from djobea import urls
from djobea.api_handler import takes_api_chain
from tests.conftest import Person
from web.endpoint import Access, RequestContext, endpoint

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/v1/messages"


def _post(client: Client, body: str | bytes, headers: dict[str, str], kind: str = "application/json") -> Any:
    return client.generic("POST", ADDRESS, body, kind, headers=headers)


def _assert_is_anthropics(answer: Any, status: int, kind: str, code: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"type", "error", "request_id"}
    assert (body["type"], body["error"]["type"], body["error"]["details"]) == ("error", kind, {"error_code": code})
    assert body["error"]["message"]
    assert body["request_id"] == answer["X-Request-ID"] == answer["request-id"]


@pytest.mark.parametrize("body", ["{", "[]", '{"a": NaN}', b"\xff"])
def test_what_is_no_json_object_is_a_400(client: Client, consumer: Person, body: str | bytes) -> None:
    _assert_is_anthropics(_post(client, body, consumer.headers), 400, "invalid_request_error", "invalid_json")


def test_another_content_type_is_a_415(client: Client, consumer: Person) -> None:
    answer = _post(client, "a=b", consumer.headers, "text/plain")
    _assert_is_anthropics(answer, 415, "invalid_request_error", "unsupported_media_type")


def test_an_oversized_body_is_a_413(client: Client, consumer: Person, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = _post(client, '{"model": "' + "x" * 2_000 + '"}', consumer.headers)
    _assert_is_anthropics(answer, 413, "invalid_request_error", "payload_too_large")


def test_another_method_is_a_405(client: Client, consumer: Person) -> None:
    answer = client.get(ADDRESS, headers=consumer.headers)
    _assert_is_anthropics(answer, 405, "invalid_request_error", "method_not_allowed")
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize("address", [f"{ADDRESS}/batches", f"{ADDRESS}/count_tokens/x", f"{ADDRESS}//"])
def test_an_unknown_address_below_is_a_404(client: Client, address: str) -> None:
    _assert_is_anthropics(client.post(address), 404, "not_found_error", "not_found")


def test_its_neighbours_keep_openais_shape(client: Client) -> None:
    for address in ("/v1/messagesx", "/v1/complete"):
        answer = client.post(address)
        assert set(answer.json()) == {"error"}
        assert "request-id" not in answer


def test_no_credentials_are_a_401_and_a_session_needs_its_token(consumer: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    _assert_is_anthropics(_post(client, "{}", {}), 401, "authentication_error", "unauthenticated")
    client.force_login(consumer.user)
    _assert_is_anthropics(_post(client, "{}", {}), 403, "permission_error", "csrf_failed")


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/count_tokens", "/v1/chat/completions"])
def test_a_key_may_come_as_x_api_key_to_the_vendors_surfaces(client: Client, consumer: Person, address: str) -> None:
    good = client.generic("POST", address, "{}", "application/json", headers={"x-api-key": consumer.key})
    assert good.status_code == 400
    for bad in ("djb_wrong", "", "é"):
        answer = client.generic("POST", address, "{}", "application/json", headers={"x-api-key": bad})
        assert answer.status_code == 401


def test_an_x_api_key_opens_nothing_else(client: Client, admin: Person) -> None:
    assert client.get("/api/llm/status", headers={"x-api-key": admin.key}).status_code == 401


def test_a_bearer_token_stands_above_an_x_api_key(client: Client, consumer: Person) -> None:
    both = {**consumer.headers, "x-api-key": "sk-ant-of-another-service"}
    assert _post(client, "{}", both).status_code == 400
    assert _post(client, "{}", {"Authorization": "Bearer djb_wrong", "x-api-key": consumer.key}).status_code == 401
    assert _post(client, "{}", {"Authorization": "Basic eDp5", "x-api-key": consumer.key}).status_code == 400


def test_a_bad_key_is_not_rescued_by_a_session(client: Client, admin: Person) -> None:
    client.force_login(admin.user)
    _assert_is_anthropics(
        _post(client, "{}", {"x-api-key": "djb_wrong"}), 401, "authentication_error", "invalid_api_key"
    )


@pytest.mark.parametrize(
    ("path", "short"), [("/v1/messages", True), ("/v1/models", True), ("/api/llm/status", False), ("/v1", False)]
)
def test_x_api_key_takes_the_short_chain_only_under_v1(path: str, short: bool) -> None:
    assert takes_api_chain({"path": path, "headers": [(b"x-api-key", b"k")]}) is short
    assert takes_api_chain({"path": path, "headers": [(b"x-api-version", b"k")]}) is False


@endpoint("POST", access=Access.ANYONE)
async def broken(context: RequestContext) -> dict[str, Any]:
    raise RuntimeError("secret sk-12345")


urlpatterns = [*urls.urlpatterns, path("v1/messages/broken", broken)]


def test_a_500_shows_only_a_request_id() -> None:
    with override_settings(ROOT_URLCONF=__name__):
        answer = Client(raise_request_exception=False).post(f"{ADDRESS}/broken")
    _assert_is_anthropics(answer, 500, "api_error", "internal_error")
    assert "secret" not in answer.content.decode()
