"""Posts bytes to either door as a plain HTTP client would, and reads what comes back."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

from tests.conftest import Live, Person

OPENAI = "/v1/chat/completions"
ANTHROPIC = "/v1/messages"
DOORS = (OPENAI, ANTHROPIC)
HELLO = {"role": "user", "content": "My tap is leaking in Bonapriso"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the door answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        return json.loads(self.body, parse_constant=refuse)

    @property
    def dropped(self) -> set[str]:
        return {name for name in self.headers.get("X-LLM-Dropped", "").split(",") if name}

    @property
    def text(self) -> str:
        """The text of a plain answer, of either door."""
        said = self.json
        return str(said["choices"][0]["message"]["content"] if "choices" in said else said["content"][0]["text"])


def asking(**given: Any) -> dict[str, Any]:
    """A request that both doors take."""
    return {"model": "default", "max_tokens": 50, "messages": [HELLO], **given}


def post(
    live: Live, person: Person, door: str, body: bytes | dict[str, Any], *, headers: dict[str, str] | None = None
) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **person.headers, **(headers or {})}
    request = urllib.request.Request(live.url + door, data=data, headers=sent, method="POST")  # noqa: S310  a server of the test
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310  the same
            return Response(status=reply.status, headers=reply.headers, body=reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(status=error.code, headers=error.headers, body=error.read())
