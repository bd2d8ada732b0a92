"""The lean transport beside the vendors' SDKs: the same bytes go out, and the same comes of every answer."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from llm.adapters import Adapter, Transport, build
from llm.adapters.transport.description import OF_THE_BODY, OF_THE_TIMEOUT, described
from llm.core.chat.request import CLAUDE, GEMINI, ChatRequest, Message, Role, Text, Thinking, Tool, message
from llm.core.chat.response import Completion, Done
from llm.core.failures.policy import Failure, ProviderError
from tests.adapters import dialogues as d
from tests.adapters.replay import Answer, GatewayCall, Replay, replaying
from tests.adapters.test_contract import REQUEST, REQUIRED
from tests.adapters.test_local_failures import JUNK
from tests.adapters.wires import KEY, account, names, recorded

KINDS = ("claude", "gemini", "openai")
by_kind = pytest.mark.parametrize("kind", KINDS)
LEAN, SDK = Transport.LEAN, Transport.SDK
REQUESTS = {
    "bare": d.BARE,
    "all parameters": d.FULL,
    "tools": d.TWO_CALLS,
    "strict tools": replace(d.BARE, tools=(Tool(name="now", strict=True, parameters=d.SCHEMA),)),
    "images": d.IMAGES,
    "documents": d.DOCUMENTS,
    "uneven turns": d.UNEVEN,
    "json": d.JSON_OBJECT,
    "json schema": d.JSON_SCHEMA,
    "other letters": ChatRequest(
        messages=(message(Role.USER, 'Ça coûte ≥ 5 € 😀\u2028\x7f"\\ </é>\t\n'),), temperature=0.1
    ),
    "thinking": ChatRequest(
        messages=(
            message(Role.USER, "Un"),
            Message(
                role=Role.ASSISTANT,
                parts=(
                    Thinking(kind=CLAUDE, text="Hm.", signature="c2ln"),
                    Thinking(kind=GEMINI, signature="c2ln"),
                    Text(text="Deux"),
                ),
            ),
            message(Role.USER, "Trois"),
        ),
        reasoning_effort="high",
    ),
}
QUOTA = {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2126-01-01T00:00:00Z"}
QUOTA |= {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "40s", "retry-after": "7"}
ODD = {
    "reset": Answer(reset=True),
    "silent": Answer(silent=True),
    "a redirect": Answer(status=302, headers={"location": "http://127.0.0.1:9/"}, body=b"there"),
    "no content": Answer(status=204),
    "an endless error": Answer(status=500, body=b"x" * 100_000, length=-1),
    "an error that breaks off": Answer(status=503, body=b'{"error": {"message": "ov', length=400),
    "a packed error": Answer(
        status=429, headers={"content-encoding": "gzip", **QUOTA}, body=gzip.compress(b'{"error": {}}')
    ),
    "an error that is not packed": Answer(status=401, headers={"content-encoding": "br"}, body=b"Nobody"),
    "headers that come twice, and in Latin 1": Answer(
        status=400, headers={"x-request-id": "a", "X-Request-Id": "b", "request-id": "\xe9t\xe9"}, body=b"{}"
    ),
    **{
        f"{status}, {name}": Answer(status=status, headers={"content-type": content_type}, body=body)
        for name, (body, content_type) in JUNK.items()
        for status in (502, 401, 429)
    },
}


@asynccontextmanager
async def both(kind: str, *answers: Answer, backend: str = "genai") -> AsyncIterator[list[tuple[Adapter, Replay]]]:
    """The lean adapter and the SDK's, each with a vendor of its own that gives the answers in turn."""
    async with replaying(*answers) as one, replaying(*answers) as other:
        pairs = [
            (build(account(kind, vendor.url, backend=backend, transport=transport)), vendor)
            for transport, vendor in ((LEAN, one), (SDK, other))
        ]
        yield pairs
        for adapter, _ in pairs:
            await adapter.close()


async def asked(adapter: Adapter, request: ChatRequest, *, stream: bool, timeout_s: float = 5) -> Completion | Failure:
    try:
        if not stream:
            return await adapter.complete(request, timeout_s=timeout_s)
        events = [event async for event in adapter.stream(request, timeout_s=timeout_s)]
    except ProviderError as error:
        return error.failure
    assert isinstance(events[-1], Done)
    return events[-1].completion


def sent(call: GatewayCall) -> tuple[bytes, bytes]:
    """What came over the connection, without the vendor's port, which differs."""
    return call.head.replace(call.headers["host"].encode(), b"-"), call.content


def same(lean: Completion | Failure, sdk: Completion | Failure) -> None:
    """Whether the caller and the router see the same. What a broken connection is called is the transport's to say."""
    if isinstance(lean, Failure) and isinstance(sdk, Failure) and sdk.http_status is None:
        sdk = replace(sdk, message=lean.message, vendor_code=lean.vendor_code)
    assert lean == sdk


@by_kind
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_both_send_the_same_bytes(kind: str, stream: bool) -> None:
    async def call() -> None:
        async with both(kind, recorded(kind, "stream_ok" if stream else "ok")) as pairs:
            for request in REQUESTS.values():
                for adapter, _ in pairs:
                    await asked(adapter, request, stream=stream, timeout_s=4.5)
            lean, sdk = ([sent(one) for one in vendor.asked] for _, vendor in pairs)
            assert len(lean) >= len(REQUESTS) - 1  # a Gemini of this age takes no links to documents
            for name, ours, theirs in zip(REQUESTS, lean, sdk, strict=True):
                assert ours == theirs, name
            assert KEY.encode() in lean[0][0]

    asyncio.run(call())


@by_kind
def test_requests_are_described_ahead_without_a_word_to_the_vendor(kind: str) -> None:
    async def call() -> None:
        async with both(kind, recorded(kind, "ok")) as pairs:
            for adapter, vendor in pairs:
                await adapter.describe()
                assert not vendor.asked
                await asked(adapter, REQUEST, stream=False, timeout_s=4.5)
            lean, sdk = (sent(vendor.asked[0]) for _, vendor in pairs)
            assert lean == sdk

    asyncio.run(call())


def test_an_account_without_a_key_is_not_described() -> None:
    async def call() -> None:
        adapter = build(account("claude", "http://127.0.0.1:9", key=" "))
        with pytest.raises(ProviderError):
            await adapter.describe()
        await adapter.close()

    asyncio.run(call())


@by_kind
def test_the_same_comes_of_every_recorded_answer(kind: str) -> None:
    async def call() -> None:
        for case in sorted(names(kind) & {*REQUIRED, "models"}):
            async with both(kind, recorded(kind, case)) as pairs:
                for stream in (False, True):
                    same(*[await asked(adapter, REQUEST, stream=stream) for adapter, _ in pairs])

    asyncio.run(call())


@by_kind
def test_the_same_comes_of_every_broken_answer(kind: str) -> None:
    whole, streamed = recorded(kind, "ok"), recorded(kind, "stream_ok")
    packed = replace(whole, body=gzip.compress(whole.body), headers={**whole.headers, "content-encoding": "gzip"})
    answers = {
        **ODD,
        "cut": replace(whole, length=len(whole.body) + 9, hang_up=True),
        "a cut stream": replace(streamed, body=streamed.body[:-90], length=len(streamed.body), hang_up=True),
        "packed": packed,
        "not packed": replace(whole, headers={**whole.headers, "content-encoding": "gzip"}),
        "an empty quota": replace(whole, headers={**whole.headers, **QUOTA}),
        "an empty quota, streamed": replace(streamed, headers={**streamed.headers, **QUOTA}),
    }

    async def call() -> None:
        for name, answer in answers.items():
            timeout_s = 0.2 if answer.silent else 5
            async with both(kind, answer) as pairs:
                lean, sdk = [
                    await asked(adapter, REQUEST, stream=name.endswith("stream"), timeout_s=timeout_s)
                    for adapter, _ in pairs
                ]
            if isinstance(lean, Completion) and isinstance(sdk, Completion) and lean.quota_resets_in_s:
                lean, sdk = replace(lean, quota_resets_in_s=1), replace(sdk, quota_resets_in_s=1)
            assert (name, type(lean)) == (name, type(sdk))
            same(lean, sdk)

    asyncio.run(call())


@by_kind
def test_both_mend_a_refused_request_and_use_their_connection_again(kind: str) -> None:
    async def call() -> None:
        request = replace(REQUEST, temperature=0.5)
        async with both(kind, recorded(kind, "unsupported_parameter"), recorded(kind, "ok")) as pairs:
            lean, sdk = [await asked(adapter, request, stream=False) for adapter, _ in pairs]
            assert isinstance(lean, Completion)
            assert lean.refused
            assert lean == sdk
            for _, vendor in pairs:
                assert len(vendor.asked) == 2
                assert len({one.port for one in vendor.asked}) == 1
            assert [sent(one) for one in pairs[0][1].asked] == [sent(one) for one in pairs[1][1].asked]

    asyncio.run(call())


@by_kind
@pytest.mark.parametrize("answer", [Answer(silent=True), Answer(body=b"half", length=100, hang=True)])
def test_cancelling_closes_the_connection_to_the_vendor(kind: str, answer: Answer) -> None:
    async def call() -> None:
        async with both(kind, answer) as pairs:
            for adapter, vendor in pairs:
                task = asyncio.create_task(adapter.complete(REQUEST, timeout_s=30))
                while not vendor.asked:
                    await asyncio.sleep(0.001)
                await asyncio.sleep(0.02)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await asyncio.wait_for(vendor.left.wait(), 20)

    asyncio.run(call())


@by_kind
def test_a_description_holds_for_every_call_and_never_shows_the_key(kind: str) -> None:
    async def call() -> None:
        adapter = build(account(kind, "http://127.0.0.1:9"))
        for stream in (False, True):
            first, second = [
                await described(
                    adapter.sample,
                    adapter.send_by_sdk(dict(adapter.sample), stream=stream, timeout_s=timeout_s),
                )
                for timeout_s in (1.5, 60)
            ]
            per_call = {name.lower() for name in (OF_THE_BODY, *OF_THE_TIMEOUT)}
            theirs = dict(second.headers)
            differing = {name.lower() for name, value in first.headers.items() if theirs.pop(name) != value}
            assert not theirs
            assert differing <= per_call
            assert (first.method, first.url, first.whole({})) == (second.method, second.url, second.whole({}))
            assert not {"idempotency-key", "anthropic-beta"} & {name.lower() for name in first.headers}
            assert KEY not in repr(first)
        await adapter.close()

    asyncio.run(call())


def test_google_generativeai_keeps_its_own_way_for_plain_calls() -> None:
    async def call() -> None:
        async with both(
            "gemini", recorded("gemini", "ok"), recorded("gemini", "stream_ok"), backend="generativeai"
        ) as pairs:
            for stream in (False, True):
                same(*[await asked(adapter, REQUEST, stream=stream) for adapter, _ in pairs])
            lean, sdk = ([sent(one) for one in vendor.asked] for _, vendor in pairs)
            assert lean == sdk
            assert b"google-genai-sdk" in lean[1][0]
            assert b"google-genai-sdk" not in lean[0][0]

    asyncio.run(call())


@by_kind
def test_a_call_that_is_to_go_through_the_sdk_does(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> None:
        async with both(kind, recorded(kind, "ok")) as ((adapter, vendor), _):
            ways: list[str] = []
            through = adapter.send_by_sdk
            monkeypatch.setattr(adapter, "send_by_sdk", lambda *a, **k: (ways.append("sdk"), through(*a, **k))[1])
            for by_sdk in (False, False, True):
                await adapter.complete(REQUEST, timeout_s=5, by_sdk=by_sdk)
            assert ways == ["sdk", "sdk"]  # the description, and the last call
            assert len({sent(one) for one in vendor.asked}) == 1
            assert json.loads(vendor.asked[0].content) == vendor.asked[0].body

    asyncio.run(call())
