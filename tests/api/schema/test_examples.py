"""The example of each POST in the API docs works on a fresh set-up, in the docs' order, from their page."""

import json
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from llm.models import ConsumerKey
from llm.simulator import Simulator
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


def posts() -> dict[str, dict[str, Any]]:
    """Path -> operation of every POST."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {path: item["post"] for path, item in paths.items() if "post" in item}


def example_of(part: dict[str, Any]) -> Any:
    """The value of the one example. KeyError without one."""
    (shown,) = part["examples"].values()
    return shown["value"]


def address(path: str, operation: dict[str, Any], made: dict[str, str]) -> str:
    """The path with the examples of its parts; ids, which a newcomer copies from an answer, come from `made`."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            name = parameter["name"]
            path = path.replace(f"{{{name}}}", made[name] if name in made else example_of(parameter))
    return path


def test_every_example_works_on_the_first_click(
    client: Client, admin: Person, providers: list[str], sim: Simulator, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "SIMULATOR": "on", "SIMULATOR_PORT": sim.port}
    client.force_login(admin.user)
    made: dict[str, str] = {}
    answers: dict[str, tuple[int, bytes]] = {}
    for path, operation in posts().items():
        body = json.dumps(example_of(operation["requestBody"]["content"]["application/json"]))
        answer = client.post(address(path, operation, made), body, content_type="application/json")
        answers[path] = (answer.status_code, b"" if answer.streaming else answer.content)
        if path == "/api/conversations":
            made["conversation_id"] = answer.json()["id"]
        if path == "/api/llm/keys":
            made["id"] = str(ConsumerKey.objects.get(name="its web site").pk)
    assert {path: told for path, told in answers.items() if told[0] >= 400} == {}
    assert len(answers) > 20
