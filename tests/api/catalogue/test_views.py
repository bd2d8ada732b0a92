"""Adding a vendor over HTTP: step by step, with nothing saved before a test."""

import json
from typing import Any

import pytest
from django.test import Client

from llm.models import Provider
from tests.conftest import Person
from tests.services.catalogue.conftest import KEY, Vendor, mistral

__all__ = ["mistral"]

CATALOGUE = "/api/llm/catalogue"


def post(person: Person, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = Client().post(
        f"{CATALOGUE}/{path}", json.dumps(body), content_type="application/json", headers=person.headers
    )
    assert KEY not in answer.content.decode()
    return answer.status_code, answer.json()


@pytest.fixture
def account(mistral: Vendor) -> dict[str, Any]:
    return {"api_key": KEY, "base_url": mistral.sim.url("mistral")}


def test_the_catalogue_names_each_vendors_sources(admin: Person) -> None:
    presets = Client().get(CATALOGUE, headers=admin.headers).json()["presets"]
    assert len(presets) >= 24
    assert all(row["sources"] for row in presets)
    azure = next(row for row in presets if row["name"] == "azure")
    assert azure["key"]["place"] == "api-key: KEY"
    assert [blank["name"] for blank in azure["blanks"]] == ["resource"]


def test_three_steps_add_a_vendor_that_is_tested_once(admin: Person, mistral: Vendor, account: dict[str, Any]) -> None:
    status, offer = post(admin, "mistral/models", **account)
    assert (status, offer["error"]) == (200, None)
    model = next(each["id"] for each in offer["models"] if each["input_usd_per_mtok"])
    status, report = post(admin, "mistral/test", **account, model=model)
    assert (status, report["usable"], report["missing"]) == (200, True, [])
    assert not Provider.objects.exists()
    status, added = post(admin, "mistral/providers", **account, model=model, priority=7)
    assert status == 201
    assert (added["provider"]["name"], added["provider"]["has_key"], added["provider"]["priority"]) == (
        "mistral",
        True,
        7,
    )
    assert mistral.sim.calls("mistral") == 5


def test_a_model_that_gives_no_text_is_not_saved(admin: Person, mistral: Vendor, account: dict[str, Any]) -> None:
    mistral.sim.fault("mistral", "credit")
    status, answer = post(admin, "mistral/providers", **account, model="mistral-small-latest")
    assert (status, answer["error"]["code"]) == (422, "test_failed")
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("mistral/models", {}, "api_key"),
        ("mistral/models", {"api_key": "a b"}, "api_key"),
        ("mistral/models", {"api_key": KEY, "base_url": "http://10.0.0.1/v1"}, "base_url"),
        ("azure/models", {"api_key": KEY}, "values.resource"),
        ("azure/models", {"api_key": KEY, "values": {"resource": "a/b"}}, "values.resource"),
        ("mistral/models", {"api_key": KEY, "values": {"resource": "x"}}, "values.resource"),
        ("mistral/test", {"api_key": KEY}, "model"),
    ],
)
def test_a_400_names_the_field(admin: Person, mistral: Vendor, path: str, body: dict[str, Any], field: str) -> None:
    status, answer = post(admin, path, **body)
    assert (status, list(answer["error"]["details"])) == (400, [field])


def test_an_unknown_vendor_is_a_404_that_names_the_known_ones(admin: Person) -> None:
    status, answer = post(admin, "nobody/models", api_key=KEY)
    assert status == 404
    assert "mistral" in answer["error"]["message"]
