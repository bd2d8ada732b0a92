"""Plain HTTP to the simulator, for what no SDK would send and for looking at bytes."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from llm.simulator import Simulator

CLAUDE = {"x-api-key": "sim-key", "anthropic-version": "2023-06-01"}
GEMINI = {"x-goog-api-key": "sim-key"}
OPENAI = {"authorization": "Bearer sim-key"}


@dataclass(frozen=True, kw_only=True)
class Got:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def send(
    sim: Simulator,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30.0,
) -> Got:
    """`body`: text or bytes as they are, anything else as JSON. Raises HTTPException or OSError."""
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes | None) else json.dumps(body)
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=timeout)
    try:
        connection.request(method, path, data, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        return Got(status=answer.status, headers={k.lower(): v for k, v in answer.getheaders()}, text=text)
    finally:
        connection.close()


def claude_body(**changes: Any) -> dict[str, Any]:
    """A valid Messages request, changed; a value of None removes the field."""
    return _changed({"model": "claude-sonnet-5-5", "max_tokens": 100, "messages": [_user("hello")]}, changes)


def openai_body(**changes: Any) -> dict[str, Any]:
    """A valid chat completions request, changed."""
    return _changed({"model": "gpt-6.1-terra", "messages": [_user("hello")]}, changes)


def gemini_body(**changes: Any) -> dict[str, Any]:
    """A valid generateContent request, changed."""
    return _changed({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}, changes)


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


CLAUDE_PATH = "/claude/v1/messages"
OPENAI_PATH = "/openai/v1/chat/completions"
GEMINI_PATH = "/gemini/v1beta/models/gemini-3.8-flash:generateContent"
GEMINI_STREAM = "/gemini/v1beta/models/gemini-3.8-flash:streamGenerateContent"
