"""A refusal is paid for once: all workers know it for an hour, until an operator resets the provider."""

import json
from typing import Any

import pytest
from django.test import Client

from llm.core.circuit.state import CircuitState
from llm.models import Call
from llm.services.probes.run import reset
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.api.chat.door import ANTHROPIC, OPENAI, asking, post
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
NO_TOOLS = "Tool use is not supported for this model."
NO_TEMPERATURE = "temperature is deprecated for this model."


def refuses(sim: Simulator, name: str, sentence: str, *, times: int = 1) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": sentence}}
    sim.fault(name, "body", status=400, body=body, times=times, applies_to="completions")


@pytest.mark.parametrize("stream", [False, True])
def test_a_refused_feature_is_asked_of_the_next_vendor_from_then_on(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, stream: bool
) -> None:
    refuses(sim, "claude", NO_TOOLS)
    asked = asking(tools=[TOOL], stream=stream)
    first, second = post(live, consumer, OPENAI, asked), post(live, consumer, OPENAI, asked)
    assert [first.status, second.status] == [200, 200]
    assert (sim.calls("claude"), sim.calls("gemini")) == (1, 2)
    call_log.flush()
    skips = Call.objects.order_by("-started_at")[0].skips
    assert (skips[0]["provider"], skips[0]["reason"]) == ("claude", "refused")
    assert NO_TOOLS in skips[0]["detail"]
    assert post(live, consumer, OPENAI, asking()).headers["X-LLM-Provider"] == "claude"
    assert all(circuit.state is CircuitState.CLOSED for circuit in circuit_store.peek().values())


def test_a_refused_parameter_is_mended_once_and_left_out_from_then_on(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    refuses(sim, "claude", NO_TEMPERATURE)
    for _ in range(2):
        response = post(live, consumer, ANTHROPIC, asking(temperature=0.5))
        assert (response.headers["X-LLM-Provider"], response.headers["X-LLM-Attempts"]) == ("claude", "1")
        assert "temperature" in response.dropped
    assert ["temperature" in one.body for one in sim.requests("claude")] == [True, False, False]


def test_a_reset_forgets_what_was_refused(live: Live, consumer: Person, providers: list[str], sim: Simulator) -> None:
    refuses(sim, "claude", NO_TEMPERATURE)
    post(live, consumer, ANTHROPIC, asking(temperature=0.5))
    reset(["claude"], by="ada")
    post(live, consumer, ANTHROPIC, asking(temperature=0.5))
    assert ["temperature" in one.body for one in sim.requests("claude")] == [True, False, True]


def test_what_is_written_is_what_another_worker_reads(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    refuses(sim, "claude", NO_TEMPERATURE)
    post(live, consumer, ANTHROPIC, asking(temperature=0.5))
    circuit_store.forget()  # as a worker that has just started
    circuit_store.refresh()
    (known,) = circuit_store.peek()["claude"].refused
    assert (known.part, known.mend, known.words) == ("temperature", "drop", NO_TEMPERATURE)


def test_the_providers_page_shows_it(
    live: Live, consumer: Person, admin: Person, providers: list[str], sim: Simulator, client: Client
) -> None:
    refuses(sim, "claude", NO_TEMPERATURE)
    post(live, consumer, ANTHROPIC, asking(temperature=0.5))
    client.force_login(admin.user)
    address = f"/admin/llm/provider/{_key('claude')}/change/"
    for language, title in (("en", "What its vendor refuses of requests"), ("fr", "Ce que son fournisseur refuse")):
        page = client.get(address, headers={"Accept-Language": language}).content.decode()
        assert title in page
        assert NO_TEMPERATURE in page


def _key(name: str) -> Any:
    from llm.models import Provider

    return Provider.objects.get(name=name).pk


def test_a_refusal_of_the_callers_own_making_is_still_a_422(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for name in providers:
        refuses(sim, name, "tools.0.custom.input_schema: JSON schema is invalid.", times=9)
    for _ in range(3):
        response = post(live, consumer, OPENAI, asking(tools=[TOOL]))
        assert response.status == 422
        assert "JSON schema is invalid" in json.dumps(response.json)
