"""OpenAI, and every vendor that speaks its protocol at another base URL, through the openai SDK."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar

import httpx2
from openai import AsyncOpenAI, Omit

from llm.adapters.base import Adapter, WireRequest
from llm.adapters.bounds import BALANCE_BYTES
from llm.adapters.config import AdapterConfig
from llm.adapters.listing import data_ids, named_ids
from llm.adapters.openai.balance import balance_source
from llm.adapters.openai.request import build
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.adapters.refused_parameters import OptionalParameter
from llm.adapters.transport.client import VendorReply, client_over, reply_of, timeouts
from llm.adapters.transport.lenient_json import Json, obj
from llm.adapters.transport.signals import answer_signal
from llm.adapters.whole import read_whole
from llm.core.chat.request import ChatRequest
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.signal import Signal
from llm.core.forecast.ledger import VendorBalance
from llm.kinds import KINDS
from llm.vendors.quirks import ListShape

NO_KEY = "none"
"""What servers without keys (a model on one's own machine) are sent: the SDK insists on something."""
NOT_TOLD = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""This key is not told its balance there: the next path may tell it."""
NO_MODELS = Failure(
    error_class=ErrorClass.MODEL_NOT_FOUND, http_status=HTTPStatus.NOT_FOUND, message="this vendor lists no models"
)
"""As of a vendor that answers 404: the circuit's probes then make completions."""
OPTIONAL = (
    "temperature",
    "top_p",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "user",
    "parallel_tool_calls",
    "stream_options",
)


class OpenAIAdapter(Adapter):
    """One account at OpenAI or at a compatible vendor."""

    sample: ClassVar[Json] = {"model": "-", "messages": []}
    optional_parameters = (
        OptionalParameter(name="max_tokens", path=("max_tokens",), instead="max_completion_tokens", is_ceiling=True),
        OptionalParameter(
            name="max_completion_tokens", path=("max_completion_tokens",), instead="max_tokens", is_ceiling=True
        ),
        *(OptionalParameter(name=name, path=(name,)) for name in OPTIONAL),
    )

    def __init__(self, config: AdapterConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        keyless = config.base_url is not None and not config.api_key.strip()
        super().__init__(replace(config, api_key=NO_KEY) if keyless else config, now=now)
        self._http = client_over(self._pool)
        self._client = AsyncOpenAI(
            api_key=self.key or NO_KEY,
            base_url=config.base_url or KINDS["openai"].address,
            max_retries=0,
            http_client=self._http,
        )
        self._headers = self._own_headers()
        # The SDK takes these from the environment; another vendor has no business to see them.
        self._client.organization = self._client.project = None
        self._create = self._client.chat.completions.with_streaming_response.create
        self._list = self._client.models.with_streaming_response.list

    def build_request(self, request: ChatRequest, *, stream: bool) -> WireRequest:
        model, max_tokens = self.config.model, self.config.max_tokens
        quirks = self.config.quirks
        body, left_out = build(request, model=model, max_tokens=max_tokens, stream=stream, quirks=quirks)
        return WireRequest(body=body, left_out=left_out)

    @asynccontextmanager
    async def send_by_sdk(self, body: Json, *, stream: bool, timeout_s: float) -> AsyncIterator[VendorReply]:
        # The body goes in as extra_body, which replaces the SDK's own fields: walking a long dialogue
        # through its typed dictionaries costs CPU and changes nothing.
        async with self._create(
            model=body["model"],
            messages=[],
            stream=stream,
            extra_body=body,
            extra_headers=self._headers,
            timeout=self._bounds(timeout_s),
        ) as response:
            yield reply_of(response.http_response)

    @asynccontextmanager
    async def send_list_models(self, *, timeout_s: float) -> AsyncIterator[VendorReply]:
        models = self.config.quirks.models
        if models is None:
            raise ProviderError(NO_MODELS)
        if not models.is_usual:
            url = models.url(str(self._client.base_url))
            async with self._http.stream(
                "GET", url, headers=self._key_headers(), timeout=self._bounds(timeout_s)
            ) as response:
                yield reply_of(response)
            return
        async with self._list(extra_headers=self._headers, timeout=self._bounds(timeout_s)) as listed:
            yield reply_of(listed.http_response)

    def model_ids(self, body: object) -> tuple[str, ...] | None:
        models = self.config.quirks.models
        return named_ids(body) if models is not None and models.shape is ListShape.MODELS else data_ids(body)

    def reader(self, request: ChatRequest) -> Reader:
        return OpenAIReader(keeps_reasoning=self.config.quirks.reasoning_echo is not None)

    async def balance(self, *, timeout_s: float) -> VendorBalance | None:
        source, base_url = balance_source(self.config.base_url), self.config.base_url
        if source is None or base_url is None:
            return None
        async with self._provider_errors():
            self._check_account()
            for url in source.urls(base_url):
                signal = await self._get(url, timeout_s)
                if signal.status in NOT_TOLD:
                    continue
                body = signal.body if isinstance(signal.body, dict) else {}
                told = source.read(body) if signal.status == HTTPStatus.OK else None
                if told is not None or "limit_remaining" in obj(body, "data"):
                    return told  # a key without a limit tells null
                raise ProviderError(self._classify(signal))
            return None

    async def _get(self, url: str, timeout_s: float) -> Signal:
        """The answer of a GET with the account's key, over the adapter's own connections."""
        async with self._http.stream(
            "GET", url, headers=self._key_headers(), timeout=self._bounds(timeout_s)
        ) as response:
            reply = reply_of(response)
            return answer_signal(reply.status, reply.headers, await read_whole(reply, BALANCE_BYTES))

    def _key_headers(self) -> dict[str, str]:
        """The key where the vendor wants it, for requests beside the SDK's."""
        name = self.config.quirks.key_header
        return {name: self.key} if name else {"Authorization": f"Bearer {self.key}"}

    def _own_headers(self) -> dict[str, str | Omit]:
        """Headers over the SDK's: the vendor's own, and the key where it is no bearer's."""
        quirks = self.config.quirks
        headers: dict[str, str | Omit] = dict(quirks.headers)
        if quirks.key_header:
            headers |= {"Authorization": Omit(), **self._key_headers()}
        return headers

    async def close(self) -> None:
        await self._client.close()

    def _bounds(self, timeout_s: float) -> httpx2.Timeout:
        return timeouts(timeout_s, self.config.connect_timeout_s)
