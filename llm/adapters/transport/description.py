"""What a vendor's SDK sends around a body: the address, the headers with the key, and fields of its own."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import httpx2
from multidict import CIMultiDict
from yarl import URL

from llm.adapters.transport.aiohttp_transport import recording
from llm.adapters.transport.lenient_json import Json, parse_object
from llm.trace_headers import outgoing

OF_THE_BODY = "content-length"
OF_THE_TIMEOUT = ("x-stainless-timeout", "x-stainless-read-timeout")
"""Headers that hold the bound on a read, in seconds. They and `OF_THE_BODY` are each call's own.

All other headers are the same for every call. `x-stainless-retry-count` is 0, since the SDKs repeat nothing here.
None of the SDKs sends an idempotency key, and no request of the gateway needs `anthropic-beta`; a test says when
either changes.
"""

TIMEOUT_S = 60.0
"""The bound that the SDK is given for a request which is only described. Each call states its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """How an account is asked, apart from the body.

    `fields` are those that the SDK adds to it; `order` is that in which it writes the fields.
    """

    method: str
    url: URL
    fields: Json
    order: tuple[str, ...]
    headers: CIMultiDict[str] = field(repr=False)
    """They hold the key."""
    timed: tuple[str, ...]
    """Names of headers that hold the bound on a read."""

    def whole(self, body: Json) -> Json:
        """The body as the SDK would send it."""
        given = {**self.fields, **body}
        ordered = {name: given[name] for name in self.order if name in given}
        ordered.update(given)
        return ordered

    def headers_for(self, content: bytes, timeout_s: float) -> CIMultiDict[str]:
        headers = self.headers.copy()
        headers[OF_THE_BODY] = str(len(content))
        for name in self.timed:
            headers[name] = str(timeout_s)
        headers.update(outgoing.get())
        return headers


Send = Callable[..., AbstractAsyncContextManager[object]]
"""`send(body, stream=, timeout_s=)` asks the vendor through the SDK."""


class Descriptions:
    """The descriptions of one account, of plain and of streamed calls: each is made once, of the request `sample`."""

    def __init__(self, sample: Json) -> None:
        self._sample = sample
        self._made: dict[bool, Description] = {}

    async def of(self, send: Send, *, stream: bool) -> Description:
        """The description. Making it takes up to 0.1 s of the event loop."""
        if stream not in self._made:
            asked = send(dict(self._sample), stream=stream, timeout_s=TIMEOUT_S)
            self._made[stream] = await described(self._sample, asked)
        return self._made[stream]


async def described(body: Json, sending: AbstractAsyncContextManager[object]) -> Description:
    """The description of the one request that `sending` makes of `body` through an SDK. Nothing reaches the network."""
    recorded: list[httpx2.Request] = []
    token = recording.set(recorded)
    try:
        async with sending:
            pass
    finally:
        recording.reset(token)
    (request,) = recorded
    headers = CIMultiDict(request.headers.multi_items())
    written = parse_object(request.content) or {}
    return Description(
        method=request.method,
        url=URL(str(request.url), encoded=True),
        fields={name: value for name, value in written.items() if name not in body},
        order=tuple(written),
        headers=headers,
        timed=tuple(name for name in OF_THE_TIMEOUT if name in headers),
    )
