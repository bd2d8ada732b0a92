"""Gemini through google-genai: the default backend, plain and streaming.

The SDK's public methods parse every answer into pydantic models, drop malformed chunks with the
whole stream and cannot give the raw JSON of a stream. So its request machinery is used one step
below: it builds and sends the request, and the open response is read by ourselves. The private
names are listed in `PRIVATE` and a test says clearly which one an upgrade has moved.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from google import genai
from google.genai import types

from llm.adapters.config import AdapterConfig
from llm.adapters.transport.client import VendorReply, reply_of, ssl_context, timeouts
from llm.adapters.transport.json_body import written
from llm.adapters.transport.lenient_json import Json
from llm.kinds import KINDS

API_VERSION = "v1beta"
"""v1 knows neither systemInstruction nor responseJsonSchema."""
PRIVATE = ("_build_request", "_async_request_once")
"""Methods of `genai.Client()._api_client` in google-genai 3.4 that this file calls."""


class GenaiBackend:
    """One client of google-genai for one account."""

    def __init__(self, config: AdapterConfig, key: str, client: httpx2.AsyncClient) -> None:
        self._connect_timeout_s = config.connect_timeout_s
        self._http = client
        self._client = genai.Client(
            api_key=key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=config.base_url or KINDS["gemini"].address,
                api_version=API_VERSION,
                httpx_async_client=self._http,
                # Never used, but made in any case, and slowly without the shared context.
                httpx_client=httpx2.Client(verify=ssl_context(), trust_env=False, follow_redirects=False),
            ),
        )
        self._api: Any = self._client._api_client

    @asynccontextmanager
    async def send(self, path: str, body: Json, *, timeout_s: float) -> AsyncIterator[VendorReply]:
        """Posts `body` to `path`, or gets it when `body` is empty; statuses but 200 are the SDK's APIError."""
        request = self._api._build_request("post" if body else "get", path, dict(body))
        if body:
            request.data = written(body)  # the SDK would write blanks, and escapes for all but ASCII
        request.timeout = timeouts(timeout_s, self._connect_timeout_s)
        answer = await self._api._async_request_once(request, stream=True)
        response: httpx2.Response = answer.response_stream
        try:
            yield reply_of(response)
        finally:
            await response.aclose()

    async def close(self) -> None:
        await self._client.aio.aclose()
        self._client.close()
        await self._http.aclose()
