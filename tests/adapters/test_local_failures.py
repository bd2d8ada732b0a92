"""What breaks before the first byte is sent is internal; an answer that breaks the SDK is the vendor's failure."""

import asyncio
import logging

import pytest

from llm.adapters import build
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass, ProviderError
from tests.adapters.replay import Answer, replaying
from tests.adapters.seen import conversation
from tests.adapters.wires import account, recorded

HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=50)
KINDS = ("claude", "gemini", "openai")
JUNK = {
    "no UTF-8": (b"\xff\xfe{", "application/json"),
    "too deep": (b"[" * 100_000, "application/json"),
    "a list": (b"[[1]]", "application/json"),
    "another charset": (b'{"error": "x"}', "application/json; charset=utf-16"),
}


@pytest.mark.parametrize("error", [ValueError, TypeError, RecursionError, OverflowError, KeyError, AssertionError])
@pytest.mark.parametrize("step", ["build_request", "send"])
def test_what_our_code_or_an_sdk_raises_before_sending_is_internal_and_logged_once(
    step: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error("no such value")

    async def call() -> int:
        async with replaying(recorded("claude", "ok")) as vendor:
            adapter = build(account("claude", vendor.url))
            monkeypatch.setattr(adapter, step, broken)
            try:
                with pytest.raises(ProviderError) as raised:
                    await adapter.complete(HELLO, timeout_s=5)
            finally:
                await adapter.close()
            assert raised.value.failure.error_class is ErrorClass.INTERNAL
            return len(vendor.asked)

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(call()) == 0
    (record,) = [record for record in caplog.records if record.name.startswith("llm.")]
    assert record.exc_info is not None


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_character_that_nobody_can_encode_is_no_failure_of_the_vendor(kind: str) -> None:
    half = ChatRequest(messages=(message(Role.USER, "Bonjour \ud83d"),), max_tokens=50)
    with pytest.raises(ProviderError) as error:
        conversation(kind, [half], recorded(kind, "ok"))
    assert error.value.failure.error_class is ErrorClass.INTERNAL


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("junk", JUNK)
def test_an_error_page_that_breaks_the_sdk_is_classified_by_its_status(kind: str, junk: str) -> None:
    body, content_type = JUNK[junk]
    for status, expected in ((502, ErrorClass.SERVER_ERROR), (401, ErrorClass.AUTH), (429, ErrorClass.RATE_LIMITED)):
        answer = Answer(status=status, headers={"content-type": content_type}, body=body)
        with pytest.raises(ProviderError) as error:
            conversation(kind, [HELLO], answer)
        assert error.value.failure.error_class is expected, (status, error.value)
        assert error.value.failure.http_status == status
