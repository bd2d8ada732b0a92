"""What the tests of the chat surface share."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from llm.simulator import Simulator
from tests.api.openai.chatting import Chat
from tests.conftest import Live, Person


@pytest.fixture
def chat(live: Live, consumer: Person, providers: list[str], sim: Simulator) -> Iterator[Chat]:
    with OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, max_retries=0, timeout=30) as client:
        yield Chat(client=client, sim=sim)
