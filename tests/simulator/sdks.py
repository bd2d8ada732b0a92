"""The vendors' real SDKs against the simulator, each reduced to "ask plainly" and "ask for a stream".

Imported when used: they are slow.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llm.simulator import Simulator

TIMEOUT_S = 30.0
MODELS = {"claude": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash", "openai": "gpt-6.1-terra"}
KEY = "sim-key-0123456789"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the SDK's caller saw: the text and finish reason, or the exception's name and HTTP status."""

    text: str = ""
    finish: str | None = None
    error: str = ""
    status: int | None = None
    caught: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    base_url: str
    message: str = "Hello, my tap is leaking"
    key: str = KEY
    model: str = ""
    timeout: float = TIMEOUT_S


def _claude(ask: Operation) -> Any:
    import anthropic

    return anthropic.Anthropic(api_key=ask.key, base_url=ask.base_url, max_retries=0, timeout=ask.timeout)


def _openai(ask: Operation) -> Any:
    import openai

    return openai.OpenAI(api_key=ask.key, base_url=ask.base_url, max_retries=0, timeout=ask.timeout)


def gemini_client(ask: Operation, version: str = "v1beta") -> Any:
    from google import genai
    from google.genai import types

    options = types.HttpOptions(base_url=ask.base_url, api_version=version, timeout=int(ask.timeout * 1000))
    return genai.Client(api_key=ask.key, http_options=options)


def _claude_plain(ask: Operation) -> Outcome:
    with _claude(ask) as client:
        answer = client.messages.create(
            model=ask.model or MODELS["claude"], max_tokens=500, messages=[{"role": "user", "content": ask.message}]
        )
    return Outcome(text="".join(block.text for block in answer.content), finish=answer.stop_reason)


def _claude_stream(ask: Operation) -> Outcome:
    text, finish = "", None
    messages = [{"role": "user", "content": ask.message}]
    with (
        _claude(ask) as client,
        client.messages.create(
            model=ask.model or MODELS["claude"], max_tokens=500, messages=messages, stream=True
        ) as stream,
    ):
        for event in stream:
            if event.type == "content_block_delta":
                text += event.delta.text
            elif event.type == "message_delta":
                finish = event.delta.stop_reason
    return Outcome(text=text, finish=finish)


def _openai_plain(ask: Operation) -> Outcome:
    with _openai(ask) as client:
        answer = client.chat.completions.create(
            model=ask.model or MODELS["openai"], messages=[{"role": "user", "content": ask.message}]
        )
    choice = answer.choices[0]
    return Outcome(text=choice.message.content or "", finish=choice.finish_reason)


def _openai_stream(ask: Operation) -> Outcome:
    text, finish = "", None
    messages = [{"role": "user", "content": ask.message}]
    with (
        _openai(ask) as client,
        client.chat.completions.create(model=ask.model or MODELS["openai"], messages=messages, stream=True) as stream,
    ):
        for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            finish = chunk.choices[0].finish_reason or finish
    return Outcome(text=text, finish=finish)


def _gemini_plain(ask: Operation) -> Outcome:
    client = gemini_client(ask)
    try:
        answer = client.models.generate_content(model=ask.model or MODELS["gemini"], contents=ask.message)
    finally:
        client.close()
    candidates = answer.candidates or []
    reason = candidates[0].finish_reason if candidates else None
    return Outcome(text=answer.text or "", finish=reason.value if reason else None)


def _gemini_stream(ask: Operation) -> Outcome:
    text, finish = "", None
    client = gemini_client(ask)
    try:
        for chunk in client.models.generate_content_stream(model=ask.model or MODELS["gemini"], contents=ask.message):
            text += chunk.text or ""
            reason = chunk.candidates[0].finish_reason if chunk.candidates else None
            finish = reason.value if reason else finish
    finally:
        client.close()
    return Outcome(text=text, finish=finish)


_WAYS: dict[tuple[str, bool], Callable[[Operation], Outcome]] = {
    ("claude", False): _claude_plain,
    ("claude", True): _claude_stream,
    ("gemini", False): _gemini_plain,
    ("gemini", True): _gemini_stream,
    ("openai", False): _openai_plain,
    ("openai", True): _openai_stream,
}


def ask(sim: Simulator, vendor: str, *, stream: bool = False, account: str = "", **changes: Any) -> Outcome:
    """One request through the vendor's SDK; an exception becomes part of the outcome, for tables to compare."""
    wanted = Operation(base_url=changes.pop("base_url", "") or sim.url(account or vendor), **changes)
    try:
        return _WAYS[vendor, stream](wanted)
    except Exception as error:  # noqa: BLE001  whatever an SDK raises is what the table is about
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        return Outcome(error=type(error).__name__, status=status if isinstance(status, int) else None, caught=error)


def ask_legacy_gemini(base_url: str, *, key: str = KEY, stream: bool = False) -> str:
    """The text through google-generativeai over REST. Raises what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import google.generativeai as ggai
        from google.ai import generativelanguage as glm
        from google.api_core import client_options
    options = client_options.ClientOptions(api_endpoint=base_url, api_key=key)
    client = glm.GenerativeServiceClient(transport="rest", client_options=options)
    client.transport._session._max_refresh_attempts = 0
    model = ggai.GenerativeModel(MODELS["gemini"], system_instruction="Be kind.")
    model._client = client
    try:
        answer = model.generate_content("hello", stream=stream, request_options={"timeout": TIMEOUT_S, "retry": None})
        return "".join(part.text for part in answer if part.parts) if stream else answer.text
    finally:
        client.transport.close()


def body_of(outcome: Outcome) -> str:
    """Everything the SDK kept of the error's body, as text."""
    caught = outcome.caught
    return json.dumps(getattr(caught, "body", None) or getattr(caught, "details", None), default=str)
