"""What a vendor sees of a request: the body that arrives over HTTP."""

import asyncio
from typing import Any

from llm.adapters import build
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion
from tests.adapters.replay import Answer, replaying
from tests.adapters.wires import account, recorded


def body_seen(kind: str, request: ChatRequest, *, backend: str = "genai", model: str = "", stream: bool = False) -> Any:
    """The JSON body of the one request made."""

    async def call() -> Any:
        async with replaying(recorded(kind, "stream_ok" if stream else "ok")) as vendor:
            adapter = build(account(kind, vendor.url, backend=backend, model=model))
            try:
                if stream:
                    _ = [event async for event in adapter.stream(request, timeout_s=5)]
                else:
                    await adapter.complete(request, timeout_s=5)
            finally:
                await adapter.close()
            (asked,) = vendor.asked
            return asked.body

    return asyncio.run(call())


def conversation(
    kind: str, requests: list[ChatRequest], *answers: Answer, model: str = "", backend: str = "genai"
) -> tuple[list[Completion], list[Any]]:
    """One adapter asked several times, each time with what it learned before: its completions, and every body that the
    vendor saw."""

    async def call() -> tuple[list[Completion], list[Any]]:
        async with replaying(*answers) as vendor:
            adapter = build(account(kind, vendor.url, model=model, backend=backend))
            try:
                done: list[Completion] = []
                for request in requests:
                    refused = tuple(one for completion in done for one in completion.refused)
                    done.append(await adapter.complete(request, timeout_s=5, refused=refused))
            finally:
                await adapter.close()
            return done, [asked.body for asked in vendor.asked]

    return asyncio.run(call())
