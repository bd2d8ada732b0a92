"""The flow of a call to any vendor: build, send, read, validate; each failure becomes a `ProviderError`.

A vendor's file says only what differs: its SDK's client, its wire body, its reader. No retries (but
for a refused optional parameter), no sleeping, no settings, no prompt in any log.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from llm.adapters.config import AdapterConfig
from llm.adapters.fitting.answer import AnswerRestorer
from llm.adapters.fitting.request import fit
from llm.adapters.fitting.tool_names import ToolNames
from llm.adapters.messages.ordering import is_sealed, without_seals
from llm.adapters.reading import Reader, VendorError
from llm.adapters.refused_parameters import OptionalParameter, RefusedParameters
from llm.adapters.stream import read_stream
from llm.adapters.structured_output import form
from llm.adapters.transport.client import VendorReply, is_address
from llm.adapters.transport.lenient_json import Json, parse_object, text
from llm.adapters.transport.signals import answer_signal, bad_response, is_local, signal_of
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Alive, Completion, Done, Metered, StreamEvent
from llm.core.failures.classify import classify
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.retry_after import after, quota_resets_in_s
from llm.core.failures.signal import Signal

__all__ = ["Adapter", "AdapterConfig", "WireRequest"]

logger = logging.getLogger(__name__)

KEY = re.compile(r"[\x21-\x7e]+")
"""What can stand in an HTTP header unharmed."""
MAX_MENDS = 3
"""Requests sent again after a refusal: reasoning models refuse temperature, top_p and penalties one by one."""
STRICT_REFUSED = re.compile(
    r"invalid schema for function|additionalProperties|strict (?:tools?|mode)|compiled grammar", re.I
)
"""A 400 about the schema of a strict tool: each vendor means something else by strictness."""
SEAL_REFUSED = re.compile(r"signature|`?thinking`? (or `redacted_thinking` )?block", re.I)
"""A 400 about thinking that was given back: `Invalid signature in thinking block`, `blocks cannot be modified`,
`Corrupted thought signature`. Claude's are bound to their model and, since Opus 5.5, to all that was said before,
Gemini's to a key; a dialogue that another account or a shortened history continues is refused for ever with them
(https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting)."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes of a plain answer; the largest real ones (base64 images) stay below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A wire body, and what of the request this vendor has no word for."""

    body: Json
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request on its way to the vendor, and the names of what mending took from it."""

    request: ChatRequest
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedAnswer:
    """A vendor's opened answer. `dropped` names what the vendor was not sent."""

    reply: VendorReply
    restorer: AnswerRestorer
    dropped: tuple[str, ...]


class Adapter(ABC):
    """One vendor account. Fills `llm.gateway.ports.ProviderAdapter`; lives in one event loop."""

    knobs: ClassVar[tuple[OptionalParameter, ...]] = ()
    request_id_header: ClassVar[str] = "x-request-id"

    def __init__(self, config: AdapterConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.config = config
        self.key = config.api_key.strip()
        self._now = now
        self._rejected = RefusedParameters(self.knobs)

    @abstractmethod
    def ask(self, request: ChatRequest, *, stream: bool) -> WireRequest:
        """The wire body. Raises `ProviderError` for what this vendor cannot be asked."""

    @abstractmethod
    def send(self, body: Json, *, stream: bool, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        """Sends by the SDK; any status but 2xx is the SDK's exception."""

    @abstractmethod
    def send_list_models(self, *, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        """Asks for the account's models by the SDK."""

    @abstractmethod
    def model_ids(self, body: object) -> tuple[str, ...] | None:
        """The ids in the vendor's list; None when `body` is no such list."""

    @abstractmethod
    def reader(self, request: ChatRequest) -> Reader:
        """A reader for the answer to `request`."""

    @abstractmethod
    async def close(self) -> None:
        """Closes the connections. The adapter is of no use afterwards."""

    async def complete(self, request: ChatRequest, *, timeout_s: float) -> Completion:
        async with self._failures(), self._answer(request, stream=False, timeout_s=timeout_s) as answer:
            reply, content = answer.reply, await _read_all(answer.reply)
            body = parse_object(content)
            if body is None:
                raise ProviderError(self._judge(answer_signal(reply.status, reply.headers, content)))
            if body.get("error"):
                raise VendorError(body, reply.headers)
            reader = self.reader(request)
            self._note_head(reader, reply.headers)
            reader.whole(body)
            return self._completion(request, reader, answer)

    async def stream(self, request: ChatRequest, *, timeout_s: float) -> AsyncGenerator[StreamEvent, None]:
        async with self._failures(), self._answer(request, stream=True, timeout_s=timeout_s) as answer:
            yield Alive()
            reader = self.reader(request)
            self._note_head(reader, answer.reply.headers)
            shaping, usage, restorer = form.Shaping(request), reader.draft.usage, answer.restorer
            async with aclosing(read_stream(answer.reply, reader)) as events:
                async for event in events:
                    yield restorer.event(shaping.passed(event))
                    if reader.draft.usage is not usage:
                        usage = reader.draft.usage
                        yield Metered(usage=usage)
            if reader.draft.malformed:
                logger.warning("%s: skipped %d malformed stream events", self.config.name, reader.draft.malformed)
            completion = self._completion(request, reader, answer)
            yield restorer.event(shaping.rest())
            for event in restorer.end():
                yield event
            yield Done(completion=completion)

    def _completion(self, request: ChatRequest, reader: Reader, answer: OpenedAnswer) -> Completion:
        """The whole answer in the caller's names. Raises ProviderError when it is unusable; it is billed either way."""
        try:
            completion = reader.draft.completion(asked_model=self.config.model, dropped=answer.dropped, now=self._now())
            return form.validated(request, answer.restorer.completion(completion))
        except ProviderError as error:
            raise ProviderError(replace(error.failure, usage=reader.draft.usage)) from error

    async def list_models(self, *, timeout_s: float) -> tuple[str, ...]:
        async with self._failures(), self._listed(timeout_s) as reply:
            content = await _read_all(reply)
            signal = answer_signal(reply.status, reply.headers, content)
            ids = self.model_ids(signal.body)
            if ids is None:
                raise ProviderError(self._judge(signal))
            return ids

    @asynccontextmanager
    async def _answer(self, request: ChatRequest, *, stream: bool, timeout_s: float) -> AsyncIterator[OpenedAnswer]:
        """The vendor's answer, opened. A request that it refuses is mended and sent again, a few times."""
        self._check_account()
        async with AsyncExitStack() as stack:
            yield await self._open(request, stack, stream=stream, timeout_s=timeout_s)

    async def _open(
        self, request: ChatRequest, stack: AsyncExitStack, *, stream: bool, timeout_s: float
    ) -> OpenedAnswer:
        limits = self.config.limits
        names, own_stops = ToolNames(limits.tool_name), request.stop[limits.stops :] if limits.stops else ()
        draft = Draft(request=self._fitted(request, names))
        for mends_left in reversed(range(MAX_MENDS + 1)):
            wire, lost = self._build(draft, stream=stream)
            try:
                reply = await stack.enter_async_context(self.send(wire.body, stream=stream, timeout_s=timeout_s))
            except Exception as error:  # whatever an SDK raises at its door is a failed answer
                if is_local(error):
                    raise _internal(error) from error
                failure = self._failure(error)
                mended = self._mended(draft, wire.body, failure) if mends_left else None
                if mended is None:
                    raise ProviderError(failure) from error
                draft = mended
            else:
                dropped = (*request.unserved, *wire.left_out, *lost, *draft.dropped)
                return OpenedAnswer(reply=reply, restorer=AnswerRestorer(names, own_stops), dropped=dropped)
        raise AssertionError("the last refusal is raised")

    def _fitted(self, request: ChatRequest, names: ToolNames) -> ChatRequest:
        try:
            return form.as_asked(names.fit(fit(request, self.config.limits)), self.config.forms)
        except Exception as error:  # as in `_build`
            raise _internal(error) from error

    def _build(self, draft: Draft, *, stream: bool) -> tuple[WireRequest, tuple[str, ...]]:
        """The wire body without what the model is known to refuse, and the names of that. Raises ProviderError."""
        try:
            wire = self.ask(draft.request, stream=stream)
            return wire, self._rejected.apply(wire.body)
        except ProviderError:
            raise
        except Exception as error:  # a request that cannot be built for this vendor says nothing of the vendor
            raise _internal(error) from error

    def _mended(self, draft: Draft, body: Json, failure: Failure) -> Draft | None:
        """The request as the vendor may take it after `failure`; None when nothing can be mended."""
        request = draft.request
        if is_sealed(request, self.config.kind) and _refuses_seals(failure):
            return Draft(request=without_seals(request), dropped=(*draft.dropped, "thinking"))
        if self._rejected.learn(body, failure):
            return draft
        if form.is_refused(request, failure):
            return replace(draft, request=form.in_words(request))
        if any(tool.strict for tool in request.tools) and _refuses_strictness(failure):
            tools = tuple(replace(tool, strict=False) for tool in request.tools)
            return Draft(request=replace(request, tools=tools), dropped=(*draft.dropped, "tools.strict"))
        return None

    def _listed(self, timeout_s: float) -> AbstractAsyncContextManager[VendorReply]:
        self._check_account()
        return self.send_list_models(timeout_s=timeout_s)

    def _check_account(self) -> None:
        """The SDKs send such keys and use such addresses as they are, or fail with a riddle."""
        if self.config.base_url is not None and not is_address(self.config.base_url):
            raise ProviderError(
                Failure(error_class=ErrorClass.CONNECTION, message="the base URL is no http(s) address")
            )
        if not self.key or not KEY.fullmatch(self.key):
            wrong = "has characters that no key has" if self.key else "is empty"
            raise ProviderError(Failure(error_class=ErrorClass.AUTH, message=f"the API key {wrong}"))

    @asynccontextmanager
    async def _failures(self) -> AsyncIterator[None]:
        """The one place where exceptions become `ProviderError`. Cancellation is no `Exception`: it passes."""
        try:
            yield
        except Exception as error:  # SDKs, transports and junk in an answer may raise anything
            raise ProviderError(self._failure(error)) from error

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, ProviderError):
            return self._without_key(error.failure)
        if isinstance(error, VendorError):
            return self._judge(Signal(status=200, headers=error.headers, body=error.body, streaming=True))
        return self._judge(signal_of(error))

    def _judge(self, signal: Signal) -> Failure:
        """The classifier's verdict. HTTP 200 with JSON that is no answer is a bad response, whatever it says."""
        failure = classify(signal, now=self._now())
        if failure.error_class is ErrorClass.UNKNOWN and signal.status == 200 and not signal.streaming:
            failure = replace(failure, error_class=ErrorClass.BAD_RESPONSE)
        if failure.vendor_request_id is None:
            failure = replace(failure, vendor_request_id=signal.headers.get(self.request_id_header))
        return self._without_key(failure)

    def _without_key(self, failure: Failure) -> Failure:
        """Some vendors repeat the key that they refuse."""
        key = self.key
        if len(key) < 8 or key not in failure.message:
            return failure
        return replace(failure, message=failure.message.replace(key, "***"))

    def _note_head(self, reader: Reader, headers: Mapping[str, str]) -> None:
        reader.draft.request_id = headers.get(self.request_id_header)
        now = self._now()
        rest = quota_resets_in_s(headers, now)
        reader.draft.quota_resets_at = None if rest is None else after(now, rest)


def _internal(error: Exception) -> ProviderError:
    """The failure of our own builder or of an SDK before a byte was sent."""
    logger.error("a request could not be built", exc_info=error)
    return ProviderError(
        Failure(error_class=ErrorClass.INTERNAL, message=f"the request could not be built: {type(error).__name__}")
    )


def _refuses_strictness(failure: Failure) -> bool:
    return failure.error_class is ErrorClass.INVALID_REQUEST and STRICT_REFUSED.search(failure.message) is not None


def _refuses_seals(failure: Failure) -> bool:
    return failure.error_class is ErrorClass.INVALID_REQUEST and SEAL_REFUSED.search(failure.message) is not None


async def _read_all(reply: VendorReply) -> bytes:
    content = bytearray()
    async for chunk in reply.chunks:
        content += chunk
        if len(content) > MAX_BODY:
            raise bad_response(f"the answer is longer than {MAX_BODY} bytes")
    return bytes(content)


def data_ids(body: object) -> tuple[str, ...] | None:
    """The ids of `{"data": [{"id": ...}]}`, or of the bare list that some compatible vendors send."""
    listed = body.get("data") if isinstance(body, dict) else body
    if not isinstance(listed, list):
        return None
    return tuple(found for entry in listed if (found := text(entry, "id")))
