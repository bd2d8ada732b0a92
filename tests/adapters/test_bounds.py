"""A vendor that sends too much: the bytes are not read, the connection is closed, the answer is a bad response."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import brotli
import pytest

from bench.hostile.attacks import ATTACKS, STREAMED, WHOLE, Attack, opening, text_delta
from bench.hostile.vendor import Vendor
from llm.adapters import build
from llm.adapters.base import Adapter
from llm.adapters.bounds import AnswerBounds
from llm.core.chat.request import ChatRequest, Role, Tool, message
from llm.core.chat.response import TextDelta
from llm.core.failures.policy import ErrorClass, Failure, ProviderError, RetryRule
from tests.adapters.sockets import held_by_sockets
from tests.adapters.wires import account

KINDS = ("claude", "gemini", "openai")
REQUEST = ChatRequest(
    messages=(message(Role.USER, "Bonjour"),),
    max_tokens=64,
    tools=(Tool(name="look_up", description="", parameters='{"type": "object"}'),),
)
MOST_SENT = 8 * 1024 * 1024 + held_by_sockets()
"""Bytes that the vendor may get rid of: what is read, and what the sockets hold."""
by_kind = pytest.mark.parametrize("kind", KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one request: its failure, None for an answer; the text that came; what the vendor could send."""

    failure: Failure | None
    text: str
    sent: int


@asynccontextmanager
async def hostile() -> AsyncIterator[tuple[Vendor, str]]:
    vendor = Vendor()
    server = await asyncio.start_server(vendor.connected, "127.0.0.1", 0, limit=2**20)
    async with server:
        yield vendor, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await vendor.close()


def asked(kind: str, *attacks: Attack, backend: str = "genai") -> dict[str, Seen]:
    """What came of each attack on one adapter."""

    async def ask() -> dict[str, Seen]:
        async with hostile() as (vendor, url):
            adapter = build(account(kind, f"{url}/{kind}", backend=backend))
            try:
                return {attack.name: await attacked(adapter, vendor, attack) for attack in attacks}
            finally:
                await adapter.close()

    return asyncio.run(ask())


async def attacked(adapter: Adapter, vendor: Vendor, attack: Attack) -> Seen:
    vendor.attack, vendor.sent = attack, 0
    pieces: list[str] = []
    failure: Failure | None = None
    try:
        if attack.stream:
            async for event in adapter.stream(REQUEST, timeout_s=20):
                pieces += [event.text] if isinstance(event, TextDelta) else []
        else:
            await adapter.complete(REQUEST, timeout_s=20)
    except ProviderError as error:
        failure = error.failure
    return Seen(failure=failure, text="".join(pieces), sent=vendor.sent)


@by_kind
def test_a_stream_beyond_its_bounds_is_a_bad_response(kind: str) -> None:
    for name, seen in asked(kind, *STREAMED).items():
        assert seen.failure is not None, name
        assert seen.failure.error_class is ErrorClass.BAD_RESPONSE, (name, seen.failure)
        assert seen.sent < MOST_SENT, name
        assert len(seen.text) <= AnswerBounds(64).characters, name


def check_whole(seen: dict[str, Seen]) -> None:
    by_status = {"status 500": ErrorClass.SERVER_ERROR, "status 400": ErrorClass.INVALID_REQUEST}
    for name, one in seen.items():
        assert one.failure is not None, name
        expected = (by_status.get(name[:10]), ErrorClass.BAD_RESPONSE, ErrorClass.CONNECTION)
        assert one.failure.error_class in expected, name
        assert one.sent < MOST_SENT, name


@by_kind
def test_a_whole_answer_beyond_its_bounds_is_not_read(kind: str) -> None:
    check_whole(asked(kind, *WHOLE))


def test_google_generativeai_has_the_same_bounds() -> None:
    check_whole(asked("gemini", *WHOLE, backend="generativeai"))


@by_kind
def test_a_vendor_that_sends_too_much_is_not_asked_again(kind: str) -> None:
    endless = next(attack for attack in WHOLE if attack.name == "status 200, without end")
    failure = asked(kind, endless)[endless.name].failure
    assert failure is not None
    assert failure.oversized
    assert failure.policy.retry is RetryRule.NEVER


@by_kind
@pytest.mark.parametrize("packed", [gzip.compress, brotli.compress], ids=["gzip", "br"])
def test_a_compressed_error_still_says_what_is_wrong(kind: str, packed: Callable[[bytes], bytes]) -> None:
    said = b'{"error": {"type": "invalid_request_error", "message": "temperature: out of range", "code": 400}}'
    coding = "gzip" if packed is gzip.compress else "br"
    error = Attack(name="", status=400, headers={"content-encoding": coding}, body=lambda _: iter([packed(said)]))
    failure = asked(kind, error)[""].failure
    assert failure is not None
    assert failure.error_class is ErrorClass.INVALID_REQUEST
    assert "out of range" in failure.message


@by_kind
def test_other_tasks_run_while_a_fast_vendor_talks(kind: str) -> None:
    turns = 0

    async def ask() -> None:
        nonlocal turns
        async with hostile() as (vendor, url):
            adapter = build(account(kind, f"{url}/{kind}"))
            talking = asyncio.create_task(attacked(adapter, vendor, ATTACKS["text without end"]))
            while not talking.done():
                await asyncio.sleep(0)
                turns += 1
            await adapter.close()

    asyncio.run(ask())
    assert turns > 20


@by_kind
def test_an_answer_as_long_as_its_tokens_allow_comes_whole(kind: str) -> None:
    events = opening(kind) + text_delta(kind, "mot " * 12) * 5000
    long = Attack(name="", body=lambda _: iter([events]), stream=True)
    seen = asked(kind, long)[""]
    assert len(seen.text) == 240_000
    assert seen.failure is not None
    assert not seen.failure.oversized  # its end marker is missing, and no more is wrong
