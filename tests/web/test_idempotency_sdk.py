"""Idempotency-Keys as OpenAI's own client sends them."""

import httpx2
import openai
import pytest

from llm.models import IdempotentAnswer
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.web.repeats import ASK, CHAT, KEY, REPLAYED, STREAM, asked, warm

pytestmark = pytest.mark.django_db(transaction=True)


def test_openais_client_sends_the_key_as_an_extra_header(live: Live, consumer: Person, providers: list[str]) -> None:
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, timeout=60) as client:
        ask = client.chat.completions.with_raw_response.create
        first, again = (ask(model="default", messages=ASK["messages"], extra_headers=KEY) for _ in range(2))  # type: ignore[call-overload]
        assert again.headers[REPLAYED] == "true"
        assert again.parse() == first.parse()
        streams = [
            list(client.chat.completions.create(**STREAM, extra_headers={"Idempotency-Key": "order-8"}))  # type: ignore[call-overload]
            for _ in range(2)
        ]
    assert streams[0] == streams[1]


def test_openais_client_that_ran_out_of_time_repeats_itself_under_the_same_key(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=60) as http:
        warm(http, sim)
    sim.fault("claude", "slow", delay=60, times=1)
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, timeout=8, max_retries=1) as client:
        answer = client.chat.completions.create(**ASK, extra_headers=KEY)  # type: ignore[call-overload]
    again = httpx2.post(f"{live.url}{CHAT}", json=ASK, headers={**KEY, **consumer.headers}, trust_env=False)
    assert (again.json()["id"], again.headers[REPLAYED]) == (answer.id, "true")
    assert sim.counts("claude").abandoned == 1
    assert asked(sim) == 2


def test_openais_client_sends_no_key_of_its_own(live: Live, consumer: Person, providers: list[str]) -> None:
    """It makes a key for its retries but does not send it: callers must set one."""
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, timeout=60) as client:
        client.chat.completions.create(**ASK)  # type: ignore[call-overload]
    assert not IdempotentAnswer.objects.exists()


def test_openais_client_names_the_header_in_its_error(live: Live, consumer: Person, providers: list[str]) -> None:
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, timeout=60) as client:
        client.chat.completions.create(**ASK, extra_headers=KEY)  # type: ignore[call-overload]
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            client.chat.completions.create(**ASK, user="x", extra_headers=KEY)  # type: ignore[call-overload]
    assert (caught.value.code, caught.value.param) == ("idempotency_key_reused", "Idempotency-Key")
