"""A stream that ends too early, at any byte, in any way, is never taken for a whole answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest

from llm.adapters import build
from llm.adapters.claude.response import ClaudeReader
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.adapters.stream import read_stream
from llm.adapters.transport.client import VendorReply
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Completion, Done, TextDelta
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters.replay import Answer, replaying
from tests.adapters.wires import account, recorded

KINDS = ("claude", "gemini", "openai")
REQUEST = ChatRequest(messages=(message(Role.USER, "Je cherche un plombier"),))
TEXT = "Bonjour, je cherche un plombier à Douala."


def reader(kind: str) -> Reader:
    return {"claude": ClaudeReader, "gemini": lambda: GeminiReader(calls_before=0), "openai": OpenAIReader}[kind]()


async def read(kind: str, body: bytes, *, breaks: bool) -> tuple[str, Completion]:
    """The text that came in pieces and the finished answer, of a body that ends cleanly or breaks off."""

    async def chunks() -> AsyncIterator[bytes]:
        yield body
        if breaks:
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")

    understanding = reader(kind)
    reply = VendorReply(status=200, headers={}, chunks=chunks())
    pieces = [event.text async for event in read_stream(reply, understanding) if isinstance(event, TextDelta)]
    return "".join(pieces), understanding.response.completion(asked_model="m", dropped=(), now=datetime.now(UTC))


@pytest.mark.parametrize("breaks", [False, True], ids=["clean end", "broken connection"])
@pytest.mark.parametrize("case", ["stream_ok", "stream_tools"])
@pytest.mark.parametrize("kind", KINDS)
def test_cut_after_any_byte_it_is_the_whole_answer_or_a_failure(kind: str, case: str, breaks: bool) -> None:
    body = recorded(kind, case).body

    async def every_cut() -> list[tuple[str, Completion] | None]:
        outcomes: list[tuple[str, Completion] | None] = []
        for end in range(len(body) + 1):
            try:
                outcomes.append(await read(kind, body[:end], breaks=breaks))
            except (ProviderError, httpx2.HTTPError):
                outcomes.append(None)
        return outcomes

    outcomes = asyncio.run(every_cut())
    whole = outcomes[-1]
    assert whole is not None
    for outcome in outcomes:
        if outcome is not None:
            assert outcome[0] == whole[0]
            # OpenAI sends its usage after the finish reason: an answer without it is whole.
            assert replace(outcome[1], usage=whole[1].usage, malformed=0) == whole[1]
    assert sum(outcome is None for outcome in outcomes) > len(outcomes) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_holds_over_real_connections(kind: str) -> None:
    full = recorded(kind, "stream_ok")
    ends = [*range(0, len(full.body), 97), len(full.body)]

    async def every_cut() -> list[str | None]:
        outcomes: list[str | None] = []
        for end in ends:
            for length in (-1, len(full.body) + 10):
                async with replaying(replace(full, body=full.body[:end], length=length)) as vendor:
                    adapter = build(account(kind, vendor.url))
                    try:
                        events = [event async for event in adapter.stream(REQUEST, timeout_s=5)]
                        assert isinstance(events[-1], Done)
                        outcomes.append(events[-1].completion.text)
                    except ProviderError:
                        outcomes.append(None)
                    finally:
                        await adapter.close()
        return outcomes

    outcomes = asyncio.run(every_cut())
    assert set(outcomes) == {None, TEXT}
    assert outcomes[-2] == TEXT


def test_gemini_may_send_a_bare_error_in_the_middle_of_a_stream() -> None:
    with pytest.raises(ProviderError) as raised:
        asyncio.run(stream_all("gemini", recorded("gemini", "stream_bare_error")))
    assert raised.value.failure.error_class is ErrorClass.OVERLOADED


def test_openai_without_done_is_whole_at_its_finish_reason() -> None:
    assert asyncio.run(stream_all("openai", recorded("openai", "stream_no_done"))).text == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_stream_whose_connection_stays_open_still_ends(kind: str) -> None:
    held = replace(recorded(kind, "stream_ok"), length=100_000, hang=True)
    assert asyncio.run(stream_all(kind, held)).text == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_of_comments_and_unknown_events_is_cut_not_crashed(kind: str) -> None:
    junk = [b": ping\n\n", b"data: null\n\n", b"data: [1, 2]\n\n", b'data: {"type": 5, "choices": 7}\n\n']
    junk += [b"event: \xff\xfe\ndata: \xff\xfe\n\n", b'data: {"candidates": [{"content": {"parts": ["x"]}}]}\n\n']
    answer = Answer(headers={"content-type": "text/event-stream"}, body=b"".join(junk))
    with pytest.raises(ProviderError) as raised:
        asyncio.run(stream_all(kind, answer))
    assert raised.value.failure.error_class is ErrorClass.BAD_RESPONSE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [None], True, {"a": {}}], ids=repr)
def test_a_known_field_of_any_wrong_type_never_escapes_as_anything_but_a_failure(kind: str, value: object) -> None:
    body = json.loads(json.dumps({}))
    for event in recorded(kind, "stream_ok").body.split(b"\n\n"):
        data = event.partition(b"data: ")[2]
        for field in json.loads(data) if data.startswith(b"{") else ():
            body[field] = value
    answer = Answer(headers={"content-type": "text/event-stream"}, body=b"data: " + json.dumps(body).encode() + b"\n\n")
    with pytest.raises(ProviderError):
        asyncio.run(stream_all(kind, answer))


async def stream_all(kind: str, answer: Answer) -> Completion:
    async with replaying(answer) as vendor:
        adapter = build(account(kind, vendor.url))
        try:
            events = [event async for event in adapter.stream(REQUEST, timeout_s=5)]
        finally:
            await adapter.close()
    assert isinstance(events[-1], Done)
    return events[-1].completion
