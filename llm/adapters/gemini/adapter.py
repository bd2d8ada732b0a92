"""Gemini: one request builder and one reader, carried by either of Google's two SDKs."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from llm.adapters.base import Adapter, WireRequest
from llm.adapters.bounds import AnswerBounds
from llm.adapters.config import AdapterConfig, GeminiBackend
from llm.adapters.gemini.genai_backend import GenaiBackend
from llm.adapters.gemini.request import build
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.messages.ordering import tool_calls
from llm.adapters.partial_response import Reader
from llm.adapters.refused_parameters import OptionalParameter
from llm.adapters.transport.client import VendorReply, client_over
from llm.adapters.transport.lenient_json import Json, items, text
from llm.core.chat.request import ChatRequest

if TYPE_CHECKING:
    from llm.adapters.gemini.generativeai_backend import GenerativeAIBackend

LIST_PATH = "models?pageSize=1000"
CONFIG = "generationConfig"
THINKING_WORDS = re.compile(r"\bthinking\b|\bbudget\b", re.I)
""""Budget 0 is invalid. This model only works in thinking mode.", "Thinking is not enabled for models/…"."""


class GeminiAdapter(Adapter):
    """One Google AI account. Streams and lists always go through google-genai."""

    request_id_header = "x-goog-request-id"  # mostly absent: the id is responseId, in the body
    sample: ClassVar[Json] = {"contents": []}
    optional_parameters = (
        OptionalParameter(name="max_tokens", path=(CONFIG, "maxOutputTokens"), is_ceiling=True),
        OptionalParameter(name="temperature", path=(CONFIG, "temperature")),
        OptionalParameter(name="top_p", path=(CONFIG, "topP")),
        OptionalParameter(name="stop", path=(CONFIG, "stopSequences")),
        OptionalParameter(name="seed", path=(CONFIG, "seed")),
        OptionalParameter(name="frequency_penalty", path=(CONFIG, "frequencyPenalty")),
        OptionalParameter(name="presence_penalty", path=(CONFIG, "presencePenalty")),
        OptionalParameter(name="reasoning_effort", path=(CONFIG, "thinkingConfig", "thinkingLevel"), translated=True),
        OptionalParameter(name="reasoning_effort", path=(CONFIG, "thinkingConfig", "thinkingBudget"), translated=True),
        OptionalParameter(
            name="reasoning_effort", path=(CONFIG, "thinkingConfig"), translated=True, words=THINKING_WORDS
        ),
    )

    def __init__(self, config: AdapterConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config, now=now)
        model = config.model if "/" in config.model else f"models/{config.model}"
        self._model = quote(model, safe="/-._~")
        # The SDK refuses to be made without a key; the base class refuses to call without one.
        self._genai = GenaiBackend(config, self.key or "none", client_over(self._pool))
        self._legacy: GenerativeAIBackend | None = None
        if config.gemini_backend is GeminiBackend.GENERATIVEAI:
            from llm.adapters.gemini import (
                generativeai_backend as gemini_legacy,  # 2 s of import, for those who want it
            )

            self._legacy = gemini_legacy.GenerativeAIBackend(config, self.key or "none")

    def build_request(self, request: ChatRequest, *, stream: bool) -> WireRequest:
        body, left_out = build(request, model=self.config.model, max_tokens=self.config.max_tokens)
        return WireRequest(body=body, left_out=left_out)

    def needs_sdk(self, *, stream: bool) -> bool:
        return self._legacy is not None and not stream

    @asynccontextmanager
    async def send_by_sdk(self, body: Json, *, stream: bool, timeout_s: float) -> AsyncIterator[VendorReply]:
        sent: AbstractAsyncContextManager[VendorReply]
        if stream:
            path = f"{self._model}:streamGenerateContent?alt=sse"
            sent = self._genai.send(path, body, timeout_s=timeout_s)
        elif self._legacy is None:
            sent = self._genai.send(f"{self._model}:generateContent", body, timeout_s=timeout_s)
        else:
            content = json.dumps(body).encode()
            longest = AnswerBounds(body["generationConfig"]["maxOutputTokens"]).whole_bytes
            sent = self._legacy.send(self._model, content, timeout_s=timeout_s, longest=longest)
        async with sent as reply:
            yield reply

    def send_list_models(self, *, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        return self._genai.send(LIST_PATH, {}, timeout_s=timeout_s)

    def model_ids(self, body: object) -> tuple[str, ...] | None:
        if not isinstance(body, dict) or not isinstance(body.get("models"), list):
            return () if body == {} else None
        return tuple(text(entry, "name").removeprefix("models/") for entry in items(body, "models"))

    def reader(self, request: ChatRequest) -> Reader:
        return GeminiReader(calls_before=sum(1 for _ in tool_calls(request)))

    async def close(self) -> None:
        await self._genai.close()
        if self._legacy is not None:
            await self._legacy.close()
