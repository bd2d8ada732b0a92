"""The same requests through Django's handler and through the short door: the answers differ in ids and times alone."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from llm.simulator import Simulator
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

CHAT, MESSAGES, SUGGEST = "/v1/chat/completions", "/v1/messages", "/api/ai-suggestions/generate"
HELLO = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]
ASK = {"model": "default", "max_tokens": 50, "messages": HELLO}
VARIES = re.compile(
    rb'"(id|created|request_id)": ?("[^"]*"|\d+)'  # fields
    rb"|[0-9a-f]{8}-[0-9a-f-]{27}|(chatcmpl|msg|req)[-_]\w+"  # in texts
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request; `body` is JSON unless it is bytes. The two faces get keys of their own."""

    path: str = CHAT
    body: Any = field(default_factory=lambda: ASK)
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)

    def of(self, face: Live, key: str, run: str) -> Any:
        """Status, headers without ids and times, and body without them."""
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **self.headers}
        if "Idempotency-Key" in sent:
            sent["Idempotency-Key"] += run
        data = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        with closing(http.client.HTTPConnection(urlsplit(face.url).netloc, timeout=60)) as connection:
            connection.request(self.method, self.path, data, sent)
            answer = connection.getresponse()
            body = answer.read()
        shown = {name: value for name, value in answer.getheaders() if name.lower() not in ("date", "content-length")}
        for name in ("x-request-id", "request-id"):
            if name in shown and "X-Request-ID" not in self.headers:
                assert shown.pop(name)
        return answer.status, shown, VARIES.sub(b"~", body)


def _asked(conversation: str) -> Iterator[Asked]:
    once = {"Idempotency-Key": "once"}
    say = f"/api/conversations/{conversation}/messages"
    for path, whole in ((CHAT, ASK), (MESSAGES, ASK), (SUGGEST, {"message": "My tap leaks"}), (say, {"message": "Hi"})):
        yield Asked(path=path, body=whole)
        yield Asked(path=f"{path}/?beta=true", body=whole, headers={"X-Request-ID": "mine-1"})
        yield Asked(path=path, body=whole, headers={"Origin": "https://shop.example"})
        yield Asked(path=path, body=b"{")
        yield Asked(path=path, body=b"", headers={"Content-Type": "text/csv"})
        yield Asked(path=path, body=[])
        yield Asked(path=path, body={}, headers={"X-LLM-Strict": "perhaps"})
        yield Asked(path=path, body=whole, headers={"Content-Encoding": "compress"})
        yield Asked(path=path, body={**whole, "padding": "x" * 200_000})
        yield Asked(path=path, body=whole, headers={"Authorization": "Bearer djb_wrong"})
        yield Asked(path=path, body=whole, headers={"Host": "evil.example"})
        yield Asked(path=path, body=whole, headers={"Idempotency-Key": "é"})
        for method in ("GET", "HEAD", "OPTIONS", "PUT"):
            yield Asked(path=path, body=b"", method=method)
    for path in (CHAT, MESSAGES):
        yield Asked(path=path, body={**ASK, "stream": True})
        yield Asked(path=path, body={**ASK, "model": "nobody"})
        yield Asked(path=path, body={**ASK, "temperature": 9})
        yield from [Asked(path=path, headers=once)] * 2
        yield Asked(path=path, body={**ASK, "max_tokens": 51}, headers=once)
        yield Asked(path=path, headers={f"X-{number}": "1" for number in range(120)})
        yield Asked(path=f"{path}?a=%ff")
    yield from [Asked(body={**ASK, "stream": True}, headers={"Idempotency-Key": "stream"})] * 2
    yield Asked(path=say, body={"message": "Hi", "stream": True})
    yield Asked(path=say, body=b"message=Hello", headers={"Content-Type": "application/x-www-form-urlencoded"})
    yield Asked(path=f"/api/conversations/{uuid4()}/messages", body={"message": "Hi"})


def test_both_faces_answer_alike(
    faces: tuple[Live, Live], consumer: Person, providers: list[str], sim: Simulator, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    conversations = [_conversation(face, consumer.key) for face in faces]
    statuses = set()
    for django, short in zip(*map(_asked, conversations), strict=True):
        by_django, by_short_door = django.of(faces[0], consumer.key, "d"), short.of(faces[1], consumer.key, "s")
        assert by_short_door == by_django, django
        statuses.add(by_django[0])
    assert statuses == {200, 400, 401, 404, 405, 413, 415, 422, 431}


def _conversation(face: Live, key: str) -> str:
    """A conversation of its own for each face: a turn more changes what the vendor is asked."""
    with closing(http.client.HTTPConnection(urlsplit(face.url).netloc, timeout=60)) as connection:
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", "/api/conversations", b"{}", sent)
        return str(json.loads(connection.getresponse().read())["id"])
