"""An account whose only distinction is `is_staff` gets no vendor's key by moving a provider."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from llm.models import Provider
from llm.simulator import Simulator
from llm.stores.config.keys import create
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_without_rights_neither_moves_a_provider_nor_tests_it(
    client: Client, providers: list[str], sim: Simulator
) -> None:
    staff = get_user_model().objects.create_user("eve", password="x", is_staff=True)
    headers = {"Authorization": f"Bearer {create(staff, name='eve')[1]}"}
    before = Provider.objects.get(name="openai").base_url
    requests = [
        ("PATCH", "/api/llm/providers/openai", '{"base_url": "http://127.0.0.1:9/v1"}'),
        ("POST", "/api/llm/test", '{"provider": "openai"}'),
    ]
    statuses = [
        client.generic(method, address, body, "application/json", headers=headers).status_code
        for method, address, body in requests
    ]
    assert statuses == [403, 403]
    assert Provider.objects.get(name="openai").base_url == before
    assert sim.calls("openai") == 0


def test_a_consumers_own_test_shows_no_vendors_words(
    client: Client, providers: list[str], consumer: Person, admin: Person, sim: Simulator
) -> None:
    sim.fault("claude", "wrong_key")
    shown = []
    for person in (consumer, admin):
        answer = client.post("/api/llm/test", {"provider": "claude"}, "application/json", headers=person.headers)
        shown.append(answer.json()["results"][0]["error"])
    assert [error["class"] for error in shown] == ["auth", "auth"]
    assert shown[0]["message"] is None
    assert shown[1]["message"]
