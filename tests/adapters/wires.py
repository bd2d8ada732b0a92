"""The recorded answers under `wire/<kind>/`, and the accounts that ask for them."""

import json
from pathlib import Path
from typing import Any

from llm.adapters import AdapterConfig, GeminiBackend, Transport
from llm.core.addresses.reach import TRUSTED
from tests.adapters.replay import Answer

FOLDER = Path(__file__).parent / "wire"
MODELS = {"claude": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash", "openai": "gpt-6.1-terra"}
KEY = "sk-test-0123456789abcdef"


def names(kind: str) -> set[str]:
    """The cases that are recorded for a kind."""
    return {path.stem for path in (FOLDER / kind).glob("*.json")}


def recorded(kind: str, case: str) -> Answer:
    """One recorded answer: its body is `json`, `text`, or `sse` (a list of [event name, data])."""
    wire = json.loads((FOLDER / kind / f"{case}.json").read_text())
    headers = {name.lower(): value for name, value in wire.get("headers", {}).items()}
    if "sse" in wire:
        headers.setdefault("content-type", "text/event-stream")
        body = b"".join(_event(name, data) for name, data in wire["sse"])
    elif "json" in wire:
        headers.setdefault("content-type", "application/json")
        body = json.dumps(wire["json"]).encode()
    else:
        body = wire["text"].encode()
    length = len(body) + 400 if wire.get("cut") else (-1 if "sse" in wire else None)
    return Answer(status=wire["status"], headers=headers, body=body, length=length)


def account(
    kind: str,
    url: str,
    *,
    backend: str = "genai",
    model: str = "",
    key: str = KEY,
    transport: Transport = Transport.LEAN,
) -> AdapterConfig:
    """An account whose vendor is at `url`."""
    return AdapterConfig(
        name=f"{kind}-test",
        kind=kind,
        model=model or MODELS[kind],
        api_key=key,
        base_url=f"{url}/v1" if kind == "openai" else url,
        gemini_backend=GeminiBackend(backend),
        transport=transport,
        reach=TRUSTED,
    )


def _event(name: str, data: Any) -> bytes:
    line = f"event: {name}\n" if name else ""
    said = data if isinstance(data, str) else json.dumps(data)
    return f"{line}data: {said}\n\n".encode()
