"""Gemini through google-generativeai 0.8.6: plain calls only, in a bounded pool of threads.

The package has reached its end: no async over REST, no thinking tokens, no schemas, errors lost in
streams. It is given the calls that it can carry, and both ends of its wire are held in our hands:
the body goes out and comes in as the JSON that the other backend would send and read.
"""

import asyncio
import threading
import time
import warnings
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from llm.adapters.config import AdapterConfig
from llm.adapters.transport.client import VendorReply
from llm.adapters.transport.error_body import MAX_BYTES
from llm.adapters.transport.guard_urllib3 import guard_pools
from llm.adapters.transport.signals import bad_response, oversized
from llm.core.addresses.reach import Reach
from llm.kinds import KINDS
from llm.trace_headers import outgoing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of its own end, twice
    import google.generativeai as ggai
    from google.ai import generativelanguage as glm
    from google.api_core import client_options

WORKERS = 8
"""Calls at a time; more wait in line, and their callers' deadlines go on."""
PIECE = 65_536
PLACEHOLDER = "-"
"""What the SDK is asked to send; the wire below sends the real body in its place."""


class Refused(Exception):
    """The vendor answered with a status other than 200; `response` is its answer."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response


class Exchange:
    """One call on its way through a thread: what to send, until when, and what came back."""

    def __init__(self, body: bytes, *, timeout_s: float, longest: int) -> None:
        self.body = body
        self.longest = longest
        self.timeout_s = timeout_s
        self.abandoned = threading.Event()
        self.response: requests.Response | None = None
        self.content = b""
        self.trace = outgoing.get()
        self._deadline = time.monotonic() + timeout_s

    def check(self) -> None:
        """Raises when the caller has left: a dripping answer must not hold a thread for good."""
        if self.abandoned.is_set() or time.monotonic() > self._deadline:
            raise requests.ReadTimeout(f"no whole answer within {self.timeout_s:.0f} s")


class LegacyTransport(HTTPAdapter):
    """Sends the exchange's own body and reads the whole answer, in the thread that the call runs in."""

    def __init__(self, connect_timeout_s: float, reach: Reach) -> None:
        super().__init__(pool_connections=1, pool_maxsize=WORKERS, max_retries=0)
        guard_pools(self.poolmanager, reach)
        self.here = threading.local()
        self._connect_timeout_s = connect_timeout_s

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        exchange: Exchange = self.here.exchange
        exchange.check()
        request.prepare_body(exchange.body, None)
        request.headers.update(exchange.trace)
        request.headers["Accept-Encoding"] = "identity"  # a compressed piece would be unpacked without a bound
        bounds = (min(self._connect_timeout_s, exchange.timeout_s), exchange.timeout_s)
        response = super().send(request, stream=True, timeout=bounds, verify=verify, cert=cert)
        try:
            exchange.content = _bounded(response, exchange)
        except BaseException:
            response.close()
            raise
        exchange.response = response
        # requests' own mark of a body that has been read. The SDK gets an empty answer in a good one's place: the
        # answer is read by ourselves, and reading it twice costs time that others wait for.
        response._content = b"{}" if response.status_code == 200 else exchange.content
        return response


class GenerativeAIBackend:
    """One client of google-generativeai for one account; nothing of it is global."""

    def __init__(self, config: AdapterConfig, key: str) -> None:
        options = client_options.ClientOptions(api_endpoint=config.base_url or KINDS["gemini"].address, api_key=key)
        self._client = glm.GenerativeServiceClient(transport="rest", client_options=options)
        self._wire = LegacyTransport(config.connect_timeout_s, config.reach)
        transport: Any = self._client.transport
        session = transport._session  # private, and guarded by a test
        session._max_refresh_attempts = 0  # else a 401 is sent three times
        session.max_redirects = 0  # else the key follows a redirect
        session.trust_env = False
        session.mount("https://", self._wire)
        session.mount("http://", self._wire)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"generativeai-{config.name}")

    @asynccontextmanager
    async def send(self, model: str, body: bytes, *, timeout_s: float, longest: int) -> AsyncIterator[VendorReply]:
        """Makes the plain call; its answer may have `longest` bytes.

        A caller that goes away frees its thread at the next piece of the answer, at the latest after `timeout_s`: a
        thread cannot be cancelled.
        """
        exchange = Exchange(body, timeout_s=timeout_s, longest=longest)
        try:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._pool, self._call, model, exchange)
        finally:
            exchange.abandoned.set()
        headers = {name.lower(): value for name, value in response.headers.items()}
        yield VendorReply(status=response.status_code, headers=headers, chunks=_once(exchange.content))

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._wire.close()

    def _call(self, model: str, exchange: Exchange) -> requests.Response:
        self._wire.here.exchange = exchange
        asked: Any = ggai.GenerativeModel(model)  # type: ignore[attr-defined]  # exported, but not in __all__
        asked._client = self._client  # private too: the public way is a process-wide configure()
        try:
            # retry None: the SDK would repeat a 503 for ten minutes.
            asked.generate_content(PLACEHOLDER, request_options={"retry": None, "timeout": exchange.timeout_s})
        except Exception as error:  # its reading of the answer is not used: the raw answer is read by ourselves
            if exchange.response is None:
                raise
            if exchange.response.status_code != 200:
                raise Refused(exchange.response) from error
        if exchange.response is None:
            raise bad_response("google-generativeai made no request")
        return exchange.response


def _bounded(response: requests.Response, exchange: Exchange) -> bytes:
    """The body, an error's up to MAX_BYTES. Raises ProviderError for a longer or a compressed answer."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise bad_response("the answer is compressed, though that was not asked for")
    content, is_error = bytearray(), response.status_code != 200
    # read1, not iter_content: that one would wait for a whole piece of a dripping answer.
    while piece := response.raw.read1(PIECE, decode_content=False):
        exchange.check()
        content += piece
        if is_error and len(content) >= MAX_BYTES:
            response.close()
            return bytes(content[:MAX_BYTES])
        if len(content) > exchange.longest:
            raise oversized(f"the answer is longer than {exchange.longest} bytes")
    return bytes(content)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
