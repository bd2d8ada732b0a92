"""The short form of `make check-api`: what the schema says of requests and answers is what happens."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from django.http import HttpResponse
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from llm.models import (
    Budget,
    Consumer,
    ConsumerKey,
    Limit,
    ModelPrice,
    Route,
    RouteRule,
    SpendingRule,
    Team,
)
from tests.admin.asking import ask
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

ROW = "01900000-0000-7000-8000-000000000000"
WRONG: dict[str, Any] = {"string": 5, "boolean": "yes", "integer": "5", "number": "5", "array": {}, "object": []}
"""JSON type -> a value of another type, which DRF's fields would convert."""


@cache
def schema() -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return generated


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema()["components"]["schemas"][name] if name else part
    return found


def ask_api(client: Client, path: str, method: str, person: Person, *, query: Any = None, body: Any = None) -> Any:
    address = path.replace("{name}", "claude").replace("{account}", "claude").replace("{model_id}", "claude")
    address = address.replace("{preset}", "mistral")
    if "{price_id}" in path:
        price, _ = ModelPrice.objects.get_or_create(
            kind="openai", model="house-1", valid_from="2026-01-01", defaults={"input": 1, "output": 2}
        )
        address = address.replace("{price_id}", str(price.pk))
    if "spending-rules/" in path:
        SpendingRule.objects.get_or_create(name="claude", defaults={"watch": "day", "limit_usd": 1})
    for part in ("{id}", "{conversation_id}"):
        address = address.replace(part, ROW)
    if method == "get":
        return client.get(address, query or {}, headers=person.headers)
    return client.generic(method.upper(), address, body, content_type="application/json", headers=person.headers)


def make_rows(person: Person) -> None:
    """The rows that the addresses of `ask_api` name."""
    Team.objects.create(name="claude")
    holder = Consumer.objects.create(pk=ROW, name="holder", user=person.user)
    ConsumerKey.objects.create(pk=ROW, user=person.user, consumer=holder, prefix="djb_", digest="-")


def fault_of(operation: dict[str, Any], answer: HttpResponse) -> str | None:
    """What the schema does not say of the answer; None when all is said."""
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        return f"status {answer.status_code}"
    content = described.get("content")
    if not content:
        return None if not answer.content else "a body"
    if "application/json" not in content:
        return None if answer["Content-Type"].partition(";")[0] in content else answer["Content-Type"]
    document = {**content["application/json"]["schema"], "components": schema()["components"]}
    error = next(jsonschema_rs.validator_for(document).iter_errors(answer.json()), None)  # type: ignore[attr-defined]
    return error and error.message


def test_every_answer_fits_the_schema(client: Client, consumer: Person, admin: Person, providers: list[str]) -> None:
    ask()
    faults = {}
    for path, method, operation in operations():
        for person in (consumer, admin):
            for body in (b"{}", b'{"provider": "claude"}', b"[]"):
                if method == "delete" or (method == "get" and body != b"{}"):
                    continue
                answer = ask_api(client, path, method, person, body=body)
                if fault := fault_of(operation, answer):
                    faults[f"{method} {path} {body!r}"] = fault
    assert faults == {}


def test_queries_are_taken_within_their_bounds_only(client: Client, admin: Person, providers: list[str]) -> None:
    statuses = {}
    for path, method, operation in operations():
        for parameter in (p for p in operation.get("parameters", ()) if p["in"] == "query"):
            name, said = parameter["name"], parameter["schema"]
            cases = {"": 400}
            if said.get("type") == "integer":
                low, high = said["minimum"], said["maximum"]
                cases |= {str(low): 200, str(high): 200, str(low - 1): 400, str(high + 1): 400, "many": 400}
            if "enum" in said:
                cases |= {str(said["enum"][0]): 200, "nothing like it": 400}
            if "pattern" in said:
                cases |= {"0-0": 200, "ffffffffffffff-" + "f" * 32: 200, "0-": 400}
            for value, expected in cases.items():
                got = ask_api(client, path, method, admin, query={name: value}).status_code
                if got != expected:
                    statuses[f"{path}?{name}={value}"] = got
        if method == "get" and any(p["in"] == "query" for p in operation.get("parameters", ())):
            assert ask_api(client, path, method, admin, query={"limits": "1"}).status_code in (200, 400)
    assert statuses == {}


def test_closed_bodies_take_neither_other_fields_nor_other_types(
    client: Client, admin: Person, providers: list[str]
) -> None:
    make_rows(admin)
    # The rows of the addresses, under the name that `ask_api` gives.
    Limit.objects.create(name="claude", scope="tag", target="nobody's", at_once=1)
    Budget.objects.create(name="claude", scope="tag", target="nobody's", usd=1)
    RouteRule.objects.create(name="claude", route=Route.objects.create(name="claude"), tags=["nobody's"])
    accepted, closed = [], 0
    for path, method, operation in operations():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        body = resolved(media["schema"]) if media else {}
        if body.get("additionalProperties") is not False:
            continue
        closed += 1
        for name, said in [("unknown", {"type": "string"}), *body["properties"].items()]:
            kind = said.get("type")
            kinds = [kind] if isinstance(kind, str) else kind or []
            for value in (WRONG[one] for one in kinds if one != "null"):
                sent = f'{{"{name}": {json.dumps(value)}}}'.encode()
                answer = ask_api(client, path, method, admin, body=sent)
                faults = answer.json().get("error", {}).get("details", {})
                if answer.status_code != 400 or name not in faults:
                    accepted.append((path, name, value, answer.status_code))
    assert accepted == []
    assert closed >= 6


@pytest.mark.parametrize(("key", "taken"), [("!" * 255, True), ("~", True), ("!" * 256, False), ("é", False)])
def test_the_key_of_a_repeat_has_the_documented_form(
    client: Client, consumer: Person, providers: list[str], key: str, taken: bool
) -> None:
    headers = {**consumer.headers, "Idempotency-Key": key}
    answer = client.post("/api/conversations", b"{}", content_type="application/json", headers=headers)
    assert (answer.status_code == 201) is taken
    said = next(p for p in schema()["paths"]["/api/conversations"]["post"]["parameters"] if p["in"] == "header")
    assert jsonschema_rs.is_valid(said["schema"], key) is taken


def test_a_form_without_its_boundary_is_a_400(client: Client, consumer: Person, providers: list[str]) -> None:
    answer = client.post("/api/conversations", b"{}", content_type="multipart/form-data", headers=consumer.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_body")
