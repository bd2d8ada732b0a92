"""The flow of a call to any vendor: build, send, read, validate; each failure becomes a `ProviderError`.

Each vendor's folder adds its SDK's client, its wire body and its reader. A refused request is mended and sent again;
retries after other failures are the router's. Logs hold no prompt.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from llm.adapters.bounds import LIST_BYTES, AnswerBounds
from llm.adapters.config import AdapterConfig, Transport
from llm.adapters.fitting.answer import AnswerRestorer
from llm.adapters.fitting.request import fit, surplus_stops
from llm.adapters.fitting.tool_names import ToolNames
from llm.adapters.internal import building, internal
from llm.adapters.mending import mended_after, mended_beforehand
from llm.adapters.opened_answer import OpenedAnswer
from llm.adapters.partial_response import Reader, VendorError
from llm.adapters.refused_parameters import OptionalParameter, RefusedParameters
from llm.adapters.stream import read_stream
from llm.adapters.structured_output import form
from llm.adapters.transport.aiohttp_transport import last_response
from llm.adapters.transport.client import VendorReply, new_pool
from llm.adapters.transport.description import Descriptions
from llm.adapters.transport.guard import refused_address
from llm.adapters.transport.lean import carried
from llm.adapters.transport.lenient_json import Json, parse_object
from llm.adapters.transport.signals import answer_signal, is_local, signal_of
from llm.adapters.whole import read_whole
from llm.core.addresses.judge import address_fault
from llm.core.chat.refused import Refused
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import ALIVE, Completion, Done, Metered, StreamEvent, ToolCallDelta
from llm.core.failures.classify import classify
from llm.core.failures.limit_headers import readings_of
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.retry_after import after, quota_resets_in_s
from llm.core.failures.signal import Signal
from llm.core.forecast.ledger import VendorBalance

__all__ = ["Adapter", "AdapterConfig", "WireRequest"]

logger = logging.getLogger(__name__)

KEY = re.compile(r"[\x21-\x7e]+")
"""What can stand in an HTTP header unharmed."""
MAX_RESENDS = 3
"""Requests sent again after a refusal: reasoning models refuse temperature, top_p and penalties one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A wire body, and the names of what the vendor has no parameter for."""

    body: Json
    left_out: tuple[str, ...] = ()


class Adapter(ABC):
    """One vendor account. Fills `llm.gateway.ports.ProviderAdapter`; lives in one event loop."""

    optional_parameters: ClassVar[tuple[OptionalParameter, ...]] = ()
    request_id_header: ClassVar[str] = "x-request-id"
    sample: ClassVar[Json]
    """A body by which the SDK shows how it sends, with all fields that it may put into an order of its own."""

    def __init__(self, config: AdapterConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.config = config
        self.key = config.api_key.strip()
        self._address_fault = address_fault(config.base_url, config.reach) if config.base_url is not None else None
        self._now = now
        self._pool = new_pool(config.reach)
        self._descriptions = Descriptions(self.sample)
        self._parameters = RefusedParameters(self.optional_parameters)

    @abstractmethod
    def build_request(self, request: ChatRequest, *, stream: bool) -> WireRequest:
        """Builds the wire body. Raises `ProviderError` for a request that this vendor cannot take."""

    @abstractmethod
    def send_by_sdk(self, body: Json, *, stream: bool, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        """Sends through the SDK. Raises the SDK's exception for any status but 2xx."""

    @abstractmethod
    def send_list_models(self, *, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        """Requests the account's models through the SDK."""

    @abstractmethod
    def model_ids(self, body: object) -> tuple[str, ...] | None:
        """The ids in the vendor's list; None when `body` is no such list."""

    @abstractmethod
    def reader(self, request: ChatRequest) -> Reader:
        """A reader for the answer to `request`."""

    @abstractmethod
    async def close(self) -> None:
        """Closes the connections for good."""

    def needs_sdk(self, *, stream: bool) -> bool:
        """Whether only the SDK can carry such calls."""
        return False

    async def complete(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> Completion:
        learned: list[Refused] = []
        async with self._provider_errors(learned), AsyncExitStack() as connection:
            answer = await self._open_answer(
                connection, request, refused, learned, stream=False, timeout_s=timeout_s, by_sdk=by_sdk
            )
            reader = self._reader_of(answer.reply, request)
            content = await read_whole(answer.reply, self._bounds_of(request).whole_bytes)
            body = parse_object(content)
            if body is None:
                raise ProviderError(self._classify(answer_signal(answer.reply.status, answer.reply.headers, content)))
            if body.get("error"):
                raise VendorError(body, answer.reply.headers)
            reader.whole(body)
            return self._validated(request, reader, answer)

    async def stream(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> AsyncGenerator[StreamEvent, None]:
        learned: list[Refused] = []
        async with self._provider_errors(learned), AsyncExitStack() as connection:
            answer = await self._open_answer(
                connection, request, refused, learned, stream=True, timeout_s=timeout_s, by_sdk=by_sdk
            )
            yield ALIVE
            reader = self._reader_of(answer.reply, request)
            form_filter, restorer, usage = form.FormFilter(request), answer.restorer, reader.response.usage
            as_it_is = form_filter.is_idle and restorer.passes_text
            async with aclosing(read_stream(answer.reply, reader)) as events:
                async for event in events:
                    if as_it_is and not isinstance(event, ToolCallDelta):
                        yield event
                    else:
                        for restored in restorer.events(form_filter.feed(event)):
                            yield restored
                    if reader.response.usage is not usage:
                        usage = reader.response.usage
                        yield Metered(usage=usage)
            flushed = [form_filter.feed(event) for event in reader.response.flush()]
            if reader.response.malformed:
                logger.warning("%s: skipped %d malformed stream events", self.config.name, reader.response.malformed)
            completion = self._validated(request, reader, answer)
            for event in (*flushed, form_filter.close()):
                for restored in restorer.events(event):
                    yield restored
            for restored in restorer.end():
                yield restored
            yield Done(completion=completion)

    async def list_models(self, *, timeout_s: float) -> tuple[str, ...]:
        async with self._provider_errors():
            self._check_account()
            async with self.send_list_models(timeout_s=timeout_s) as reply:
                signal = answer_signal(reply.status, reply.headers, await read_whole(reply, LIST_BYTES))
                ids = self.model_ids(signal.body)
                if ids is None:
                    raise ProviderError(self._classify(signal))
                return ids

    async def balance(self, *, timeout_s: float) -> VendorBalance | None:
        """The account's balance, where the vendor tells it; None where it tells none. Raises ProviderError."""
        return None

    async def _open_answer(
        self,
        connection: AsyncExitStack,
        request: ChatRequest,
        known: tuple[Refused, ...],
        learned: list[Refused],
        *,
        stream: bool,
        timeout_s: float,
        by_sdk: bool,
    ) -> OpenedAnswer:
        """Sends the request, mended by what is `known`, and up to MAX_RESENDS times again as mended after a refusal.

        `connection` keeps the reply open. What the vendor refuses is added to `learned`.
        """
        self._check_account()
        names = ToolNames(self.config.limits.tool_name)
        restorer = AnswerRestorer(names, surplus_stops(request, self.config.limits))
        with building():
            request = form.in_supported_form(names.fit(fit(request, self.config.limits)), self.config.forms)
            request = mended_beforehand(request, known)
        resends_left = MAX_RESENDS
        while True:
            refused = (*known, *learned)
            with building():
                wire = self.build_request(request, stream=stream)
                dropped = self._parameters.apply(wire.body, refused)
            last_response.set(None)
            try:
                sending = await self.send(wire.body, stream=stream, timeout_s=timeout_s, by_sdk=by_sdk)
                reply = await connection.enter_async_context(sending)
            except Exception as error:  # an SDK may raise anything
                if last_response.get() is None and is_local(error):
                    raise internal(error) from error
                failure = self._failure(error)
                mended = mended_after(request, wire.body, failure, refused, self._parameters, self.config.kind)
                if mended is None or resends_left == 0:
                    raise ProviderError(failure) from error
                (request, new), resends_left = mended, resends_left - 1
                learned += [new] if new else []
            else:
                dropped = (*request.unserved, *wire.left_out, *dropped)
                return OpenedAnswer(reply=reply, restorer=restorer, dropped=dropped, refused=tuple(learned))

    async def send(
        self, body: Json, *, stream: bool, timeout_s: float, by_sdk: bool = False
    ) -> AbstractAsyncContextManager[VendorReply]:
        """Sends as configured. Entering what it returns raises for any status but 2xx."""
        if by_sdk or self.config.transport is Transport.SDK or self.needs_sdk(stream=stream):
            return self.send_by_sdk(body, stream=stream, timeout_s=timeout_s)
        return carried(
            self._pool,
            await self._descriptions.of(self.send_by_sdk, stream=stream),
            body,
            timeout_s=timeout_s,
            connect_timeout_s=self.config.connect_timeout_s,
        )

    async def describe(self) -> None:
        """Has the SDK describe its requests ahead. Raises ProviderError for an unusable key or address."""
        self._check_account()
        for stream in (False, True):
            if self.config.transport is Transport.LEAN and not self.needs_sdk(stream=stream):
                await self._descriptions.of(self.send_by_sdk, stream=stream)

    def _reader_of(self, reply: VendorReply, request: ChatRequest) -> Reader:
        """A reader that knows what the reply's headers say."""
        reader, now = self.reader(request), self._now()
        bounds = self._bounds_of(request)
        reader.response.room, reader.response.room_bytes = bounds.characters, bounds.streamed_bytes
        reader.response.request_id = reply.headers.get(self.request_id_header)
        resets_in_s = quota_resets_in_s(reply.headers, now)
        reader.response.limits = readings_of(reply.headers, now)
        reader.response.quota_resets_at = None if resets_in_s is None else after(now, resets_in_s)
        return reader

    def _bounds_of(self, request: ChatRequest) -> AnswerBounds:
        return AnswerBounds(request.max_tokens or self.config.max_tokens)

    def _validated(self, request: ChatRequest, reader: Reader, answer: OpenedAnswer) -> Completion:
        """The completion in the caller's names. Raises ProviderError when it is empty, broken or lacks the form; the
        failure carries its usage, since the vendor bills it too."""
        response = reader.response
        try:
            completion = response.completion(asked_model=self.config.model, dropped=answer.dropped, now=self._now())
            completion = replace(completion, refused=answer.refused)
            return form.validated(request, answer.restorer.completion(completion))
        except ProviderError as error:
            raise ProviderError(replace(error.failure, usage=response.usage)) from error

    def _check_account(self) -> None:
        """Raises ProviderError for a key or an address that the SDKs would send as it is, or fail on unclearly."""
        if self._address_fault is not None:
            raise ProviderError(refused_address(self._address_fault))
        if not self.key or not KEY.fullmatch(self.key):
            wrong = "has characters that no key has" if self.key else "is empty"
            raise ProviderError(Failure(error_class=ErrorClass.AUTH, message=f"the API key {wrong}"))

    @asynccontextmanager
    async def _provider_errors(self, learned: Iterable[Refused] = ()) -> AsyncIterator[None]:
        """Turns every exception into `ProviderError`, with what was `learned` before.

        Cancellation is a BaseException and passes.
        """
        last_response.set(None)
        try:
            yield
        except Exception as error:  # SDKs, transports and malformed answers may raise anything
            raise ProviderError(replace(self._failure(error), refused=tuple(learned))) from error

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, ProviderError):
            return self._without_key(error.failure)
        if isinstance(error, VendorError):
            return self._classify(Signal(status=200, headers=error.headers, body=error.body, streaming=True))
        return self._classify(signal_of(error, last_response.get()))

    def _classify(self, signal: Signal) -> Failure:
        """Classifies the signal. An unknown failure of HTTP 200 with whole JSON is a bad response."""
        failure = classify(signal, now=self._now())
        if failure.error_class is ErrorClass.UNKNOWN and signal.status == 200 and not signal.streaming:
            failure = replace(failure, error_class=ErrorClass.BAD_RESPONSE)
        if failure.vendor_request_id is None:
            failure = replace(failure, vendor_request_id=signal.headers.get(self.request_id_header))
        return self._without_key(failure)

    def _without_key(self, failure: Failure) -> Failure:
        """Masks the key, which some vendors repeat when they refuse it."""
        key = self.key
        if len(key) < 8 or key not in failure.message:
            return failure
        return replace(failure, message=failure.message.replace(key, "***"))
