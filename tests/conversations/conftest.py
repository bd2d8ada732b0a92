"""A customer's client on the live product, and what the tests ask of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.conftest import Live, Person

URL = "/api/conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A server-sent event with its data read."""

    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who talks to the assistant."""

    http: httpx2.Client

    def begin(self, **body: Any) -> dict[str, Any]:
        """A new conversation."""
        answer = self.http.post(URL, json=body)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        assert answer.headers["Location"] == f"{URL}/{opened['id']}"
        return opened

    def say(self, conversation: dict[str, Any], text: str) -> dict[str, Any]:
        """The answer to a message."""
        answer = self.http.post(f"{URL}/{conversation['id']}/messages", json={"message": text})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        assert shown["request_id"] == answer.headers["X-Request-ID"]
        return shown

    def turns(self, conversation: dict[str, Any]) -> list[dict[str, Any]]:
        """What the conversation holds now."""
        answer = self.http.get(f"{URL}/{conversation['id']}")
        assert answer.status_code == 200, answer.text
        turns: list[dict[str, Any]] = answer.json()["turns"]
        return turns

    def listen(self, path: str, text: str) -> list[Event]:
        """The events of a streamed answer."""
        with self.http.stream("POST", path, json={"message": text, "stream": True}) as answer:
            assert answer.status_code in (200, 201)
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            return list(_events("".join(answer.iter_text())))


def _events(text: str) -> Iterator[Event]:
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(":")]
        if lines:
            name, data = lines
            yield Event(name=name.removeprefix("event: "), data=json.loads(data.removeprefix("data: ")))


@pytest.fixture
def alice(live: Live, consumer: Person, providers: list[str]) -> Iterator[Customer]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as http:
        yield Customer(http=http)


@pytest.fixture
def bob(live: Live, other: Person, providers: list[str]) -> Iterator[Customer]:
    with httpx2.Client(base_url=live.url, headers=other.headers, trust_env=False, timeout=30) as http:
        yield Customer(http=http)
