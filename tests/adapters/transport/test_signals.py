"""Weather between us and the vendor: silence, resets, drips, redirects, callers who leave."""

import asyncio
import ssl
from dataclasses import replace

import pytest

from llm.adapters import AdapterConfig, build
from llm.adapters.transport.client import ssl_context
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Done, TextDelta
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters.replay import Answer, Replay, replaying
from tests.adapters.test_contract import PLAIN
from tests.adapters.wires import KEY, MODELS, account, recorded

REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
by_account = pytest.mark.parametrize(("kind", "backend"), PLAIN)
by_kind = pytest.mark.parametrize("kind", sorted(MODELS))


async def complete(kind: str, backend: str, vendor: Replay, timeout_s: float = 5.0) -> str:
    return await ask(account(kind, vendor.url, backend=backend), timeout_s)


async def ask(config: AdapterConfig, timeout_s: float = 5.0) -> str:
    adapter = build(config)
    try:
        return (await adapter.complete(REQUEST, timeout_s=timeout_s)).text
    finally:
        await adapter.close()


def failing(kind: str, backend: str, answer: Answer, timeout_s: float = 5.0) -> tuple[ErrorClass, int]:
    """The class of the failure, and how many requests the vendor saw."""

    async def call() -> tuple[ErrorClass, int]:
        async with replaying(answer) as vendor:
            with pytest.raises(ProviderError) as raised:
                await complete(kind, backend, vendor, timeout_s)
            return raised.value.failure.error_class, len(vendor.asked)

    return asyncio.run(call())


@by_account
def test_a_silent_vendor_times_out(kind: str, backend: str) -> None:
    assert failing(kind, backend, Answer(silent=True), timeout_s=0.2) == (ErrorClass.TIMEOUT, 1)


@by_account
def test_a_reset_is_a_connection_failure_and_not_tried_again(kind: str, backend: str) -> None:
    assert failing(kind, backend, Answer(reset=True)) == (ErrorClass.CONNECTION, 1)


@by_account
@pytest.mark.parametrize("status", [401, 408, 409, 429, 500, 503, 529])
def test_the_sdk_never_retries(kind: str, backend: str, status: int) -> None:
    _, asked = failing(kind, backend, Answer(status=status, body=b"{}", headers={"retry-after": "0"}))
    assert asked == 1


@by_account
def test_a_port_where_nobody_listens_is_a_connection_failure(kind: str, backend: str) -> None:
    async def call() -> None:
        async with replaying(Answer()) as vendor:
            url = vendor.url
        await ask(account(kind, url, backend=backend))

    with pytest.raises(ProviderError) as raised:
        asyncio.run(call())
    assert raised.value.failure.error_class is ErrorClass.CONNECTION


@by_account
@pytest.mark.parametrize("address", ["http://vendor.invalid", "ftp://127.0.0.1", "nonsense", "http://[bad"])
def test_an_address_that_is_none_is_a_failure_of_the_provider(kind: str, backend: str, address: str) -> None:
    with pytest.raises(ProviderError) as raised:
        asyncio.run(ask(account(kind, address, backend=backend)))
    assert raised.value.failure.error_class is ErrorClass.CONNECTION


@by_account
def test_plain_text_where_tls_is_expected_is_a_connection_failure(kind: str, backend: str) -> None:
    async def call() -> None:
        async with replaying(Answer()) as vendor:
            await ask(account(kind, vendor.url.replace("http:", "https:"), backend=backend))

    with pytest.raises(ProviderError) as raised:
        asyncio.run(call())
    assert raised.value.failure.error_class is ErrorClass.CONNECTION


@by_account
def test_a_redirect_is_refused_and_the_key_stays_at_home(kind: str, backend: str) -> None:
    async def call() -> tuple[ErrorClass, int]:
        async with replaying(recorded(kind, "ok")) as stranger:
            moved = Answer(status=307, headers={"location": f"{stranger.url}/elsewhere"})
            async with replaying(moved) as vendor:
                with pytest.raises(ProviderError) as raised:
                    await complete(kind, backend, vendor)
            return raised.value.failure.error_class, len(stranger.asked)

    error_class, strangers_calls = asyncio.run(call())
    assert strangers_calls == 0
    assert error_class not in {ErrorClass.INVALID_REQUEST, ErrorClass.CONTENT_FILTERED}


@by_account
def test_a_deadline_from_outside_ends_a_dripping_answer(kind: str, backend: str) -> None:
    async def call() -> None:
        drip = replace(recorded(kind, "ok"), pieces_every_s=0.02)
        async with replaying(drip) as vendor:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await complete(kind, backend, vendor)
            await asyncio.wait_for(vendor.left.wait(), 20)

    asyncio.run(call())


@by_kind
def test_a_cancelled_call_closes_its_connection(kind: str) -> None:
    async def call() -> None:
        async with replaying(Answer(silent=True)) as vendor:
            adapter = build(account(kind, vendor.url))
            task = asyncio.create_task(adapter.complete(REQUEST, timeout_s=30))
            while not vendor.asked:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(vendor.left.wait(), 20)
            await adapter.close()

    asyncio.run(call())


def test_a_cancelled_call_through_the_old_sdk_frees_its_caller_at_once() -> None:
    """Known gap: a thread cannot be cancelled, so its connection lives until its own read timeout."""

    async def call() -> None:
        async with replaying(Answer(silent=True)) as vendor:
            adapter = build(account("gemini", vendor.url, backend="generativeai"))
            task = asyncio.create_task(adapter.complete(REQUEST, timeout_s=0.5))
            while not vendor.asked:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(vendor.left.wait(), 20)
            await adapter.close()

    asyncio.run(call())


@by_kind
def test_a_caller_who_leaves_a_stream_closes_its_connection(kind: str) -> None:
    async def call() -> None:
        full = recorded(kind, "stream_ok")
        end = full.body.index(b"\n\n", full.body.index(b"Bonjour")) + 2
        part = replace(full, body=full.body[:end], length=100_000, hang=True)
        async with replaying(part) as vendor:
            adapter = build(account(kind, vendor.url))
            events = adapter.stream(REQUEST, timeout_s=30)
            async for event in events:
                if isinstance(event, TextDelta):
                    break
            await events.aclose()
            await asyncio.wait_for(vendor.left.wait(), 20)
            await adapter.close()

    asyncio.run(call())


@by_kind
def test_the_next_call_uses_the_same_connection(kind: str) -> None:
    async def call() -> set[int]:
        ports: set[int] = set()
        async with replaying(recorded(kind, "stream_ok"), recorded(kind, "ok")) as vendor:
            adapter = build(account(kind, vendor.url))
            events = [event async for event in adapter.stream(REQUEST, timeout_s=5)]
            assert isinstance(events[-1], Done)
            await adapter.complete(REQUEST, timeout_s=5)
            ports.update(asked.port for asked in vendor.asked)
            await adapter.close()
        return ports

    assert len(asyncio.run(call())) == 1


@by_account
def test_a_connection_that_the_vendor_closed_while_idle_is_not_used_again(kind: str, backend: str) -> None:
    async def call() -> int:
        async with replaying(replace(recorded(kind, "ok"), hang_up=True)) as vendor:
            adapter = build(account(kind, vendor.url, backend=backend))
            for _ in range(3):
                await adapter.complete(REQUEST, timeout_s=5)
                await asyncio.sleep(0.02)
            await adapter.close()
            return len(vendor.asked)

    assert asyncio.run(call()) == 3


@pytest.mark.parametrize(
    ("kind", "backend", "key"),
    [
        (kind, backend, key)
        for kind, backend in PLAIN
        for key in ("", "  ", "sk-with space", "sk-line\nbreak", "sk-é")
        if kind != "openai" or key.strip()  # a compatible server may need no key
    ],
)
def test_a_key_that_is_none_is_refused_before_any_call(kind: str, backend: str, key: str) -> None:
    async def call() -> int:
        async with replaying(recorded(kind, "ok")) as vendor:
            with pytest.raises(ProviderError) as raised:
                await ask(account(kind, vendor.url, backend=backend, key=key))
            assert raised.value.failure.error_class is ErrorClass.AUTH
            return len(vendor.asked)

    assert asyncio.run(call()) == 0


def test_a_compatible_server_without_keys_is_asked_all_the_same() -> None:
    async def call() -> str:
        async with replaying(recorded("openai", "ok")) as vendor:
            return await ask(account("openai", vendor.url, key=""))

    assert asyncio.run(call())


@by_account
def test_two_accounts_side_by_side_keep_their_keys_and_addresses(kind: str, backend: str) -> None:
    async def call() -> None:
        async with replaying(recorded(kind, "ok")) as one, replaying(recorded(kind, "ok")) as two:
            first = build(account(kind, one.url, backend=backend, key="sk-first-000000"))
            second = build(account(kind, two.url, backend=backend, key="sk-second-00000"))
            await asyncio.gather(*(a.complete(REQUEST, timeout_s=5) for a in (first, second) * 5))
            for vendor, key in ((one, "sk-first-000000"), (two, "sk-second-00000")):
                assert len(vendor.asked) == 5
                assert all(key in "".join(asked.headers.values()) for asked in vendor.asked)
            await first.close()
            await second.close()

    asyncio.run(call())


@by_account
def test_the_environment_changes_nothing(kind: str, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC", "OPENAI", "GEMINI", "GOOGLE"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-of-the-environment")
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:9")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")

    async def call() -> Replay:
        async with replaying(recorded(kind, "ok")) as vendor:
            await complete(kind, backend, vendor)
            return vendor

    (asked,) = asyncio.run(call()).asked
    assert "of-the-environment" not in "".join(asked.headers.values())
    assert KEY in "".join(asked.headers.values())


def test_the_shared_tls_context_checks_certificates() -> None:
    assert ssl_context() is ssl_context()
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED
    assert ssl_context().check_hostname
