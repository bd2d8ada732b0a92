"""Claude, through the anthropic SDK: its client, its request, its connection; the JSON is read by ourselves."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

from anthropic import AsyncAnthropic

from llm.adapters.base import Adapter, WireRequest
from llm.adapters.claude.request import build
from llm.adapters.claude.response import ClaudeReader
from llm.adapters.config import AdapterConfig
from llm.adapters.listing import data_ids
from llm.adapters.partial_response import Reader
from llm.adapters.refused_parameters import OptionalParameter
from llm.adapters.transport.client import VendorReply, client_over, reply_of, timeouts
from llm.adapters.transport.lenient_json import Json
from llm.core.chat.request import ChatRequest
from llm.kinds import KINDS

LIST_LIMIT = 1000
EFFORT_WORD = re.compile(r"\beffort\b", re.I)

OPTIONAL = (
    "metadata",
    "output_config",
    "stop_sequences",
    "system",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
)
"""Top-level fields that a request may have."""


class ClaudeAdapter(Adapter):
    """One Anthropic account."""

    request_id_header = "request-id"
    sample: ClassVar[Json] = {"model": "-", "max_tokens": 1, "messages": [], **dict.fromkeys(OPTIONAL)}
    optional_parameters = (
        OptionalParameter(name="max_tokens", path=("max_tokens",), is_ceiling=True, is_needed=True),
        # top_p stands first: "temperature and top_p cannot both be set" costs the lesser one.
        OptionalParameter(name="top_p", path=("top_p",)),
        OptionalParameter(name="temperature", path=("temperature",)),
        OptionalParameter(name="stop", path=("stop_sequences",)),
        OptionalParameter(name="user", path=("metadata",)),
        OptionalParameter(
            name="reasoning_effort", path=("output_config", "effort"), translated=True, words=EFFORT_WORD
        ),
        OptionalParameter(name="parallel_tool_calls", path=("tool_choice", "disable_parallel_tool_use")),
    )

    def __init__(self, config: AdapterConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config, now=now)
        self._client = AsyncAnthropic(
            api_key=self.key,
            base_url=config.base_url or KINDS["claude"].address,
            max_retries=0,
            http_client=client_over(self._pool),
            open_telemetry=False,  # the gateway counts calls; the SDK's own spans would count them twice
        )
        self._create = self._client.messages.with_streaming_response.create
        self._list = self._client.models.with_streaming_response.list

    def build_request(self, request: ChatRequest, *, stream: bool) -> WireRequest:
        body, left_out = build(request, model=self.config.model, max_tokens=self.config.max_tokens, stream=stream)
        return WireRequest(body=body, left_out=left_out)

    @asynccontextmanager
    async def send_by_sdk(self, body: Json, *, stream: bool, timeout_s: float) -> AsyncIterator[VendorReply]:
        # The body goes in as extra_body, which replaces the SDK's own fields: walking a long dialogue
        # through its typed dictionaries costs CPU and changes nothing.
        async with self._create(
            model=body["model"],
            max_tokens=body["max_tokens"],
            messages=[],
            stream=stream,
            extra_body=body,
            timeout=timeouts(timeout_s, self.config.connect_timeout_s),
        ) as response:
            yield reply_of(response.http_response)

    @asynccontextmanager
    async def send_list_models(self, *, timeout_s: float) -> AsyncIterator[VendorReply]:
        bounds = timeouts(timeout_s, self.config.connect_timeout_s)
        async with self._list(limit=LIST_LIMIT, timeout=bounds) as response:
            yield reply_of(response.http_response)

    def model_ids(self, body: object) -> tuple[str, ...] | None:
        return data_ids(body) if isinstance(body, dict) else None

    def reader(self, request: ChatRequest) -> Reader:
        return ClaudeReader()

    async def close(self) -> None:
        await self._client.close()
