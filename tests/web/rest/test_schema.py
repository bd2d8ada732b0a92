"""The OpenAPI schema: valid, complete, without warnings; and its page, which needs nothing from elsewhere."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.conftest import Person
from tests.rights.endpoints import ENDPOINTS

pytestmark = pytest.mark.django_db(transaction=True)


def _schema(client: Client, person: Person) -> dict[str, Any]:
    answer = client.get("/api/schema", headers=person.headers)
    assert answer["Content-Type"].startswith("application/json")
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_schema_is_valid_and_nothing_had_to_be_guessed() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_schema_lists_every_operation(client: Client, consumer: Person) -> None:
    schema = _schema(client, consumer)
    assert schema["openapi"].startswith("3.1")
    shown = {
        path: {m for m in item if m in ("get", "post", "patch", "delete")} for path, item in schema["paths"].items()
    }
    expected = {}
    for route, row in ENDPOINTS.items():
        if route in ("api/schema", "api/docs"):
            continue
        path = "/" + route
        for converter in ("slug", "uuid", "path"):
            path = path.replace(f"<{converter}:", "{").replace(">", "}")
        methods = {m for m in ("get", "post", "patch", "delete") if getattr(row, m)}
        expected[path.replace("{pk}", "{id}")] = methods
    assert shown == expected


def test_every_operation_shows_the_error_shape(client: Client, consumer: Person) -> None:
    schema = _schema(client, consumer)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and status != "503":
                    name = answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
                    assert name == _error_of(path), (path, method, status)
            if "security" in operation:
                assert "401" in operation["responses"], (path, method)


def _error_of(path: str) -> str:
    if path.startswith("/v1/messages"):
        return "AnthropicError"
    return "OpenAIError" if path.startswith("/v1") else "Error"


def test_yaml_is_there_for_those_who_ask(client: Client, consumer: Person) -> None:
    answer = client.get("/api/schema?format=yaml", headers=consumer.headers)
    assert answer.content.startswith(b"openapi: 3.1")


def test_a_browser_gets_the_schema_too(client: Client, consumer: Person) -> None:
    answer = client.get("/api/schema", headers={**consumer.headers, "Accept": "text/html"})
    assert answer.status_code == 200
    assert json.loads(answer.content)["info"]["title"]


def test_the_page_loads_nothing_from_other_hosts(client: Client, consumer: Person) -> None:
    client.force_login(consumer.user)
    answer = client.get("/api/docs")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert "swagger" in text
    assert "https://" not in text
    assert "cdn" not in text


def test_a_program_without_a_key_gets_json_and_no_sign_in_page(client: Client) -> None:
    for address, accept in (("/api/docs", "*/*"), ("/api/docs", "application/json"), ("/api/schema", "text/html")):
        answer = client.get(address, headers={"Accept": accept})
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["error"]["code"] == "unauthenticated"


def test_a_browser_goes_from_the_docs_to_the_sign_in_page_and_back(client: Client, admin: Person) -> None:
    answer = client.get("/api/docs", headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/login/?next=/api/docs"
    back = client.post(answer["Location"], {"username": admin.user.get_username(), "password": admin.password})
    assert back["Location"] == "/api/docs"
    assert client.get("/api/docs", headers={"Accept": "text/html"}).status_code == 200


def test_a_browser_with_a_wrong_key_gets_the_error(client: Client) -> None:
    answer = client.get("/api/docs", headers={"Accept": "text/html", "Authorization": "Bearer djb_wrong"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
