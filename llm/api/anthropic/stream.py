"""Writes a streamed answer as Anthropic's server-sent events. `web.sse.stream` sends them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llm.api.anthropic import errors
from llm.api.anthropic.response import is_shown, shell, stopped, tool_use, usage_of_stream
from llm.api.anthropic.thinking import block, signature_block
from llm.core.calls import AnswerEvent, Completed, Started
from llm.core.chat.request import Thinking, VendorSignature
from llm.core.chat.response import Completion, TextDelta, ToolCallDelta
from web.bodies.write import json_bytes
from web.errors import ApiError
from web.headers import started_headers


def event(name: str, **values: Any) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), json_bytes({"type": name, **values}))


@dataclass(slots=True, kw_only=True)
class _Call:
    """A tool call whose name has not come yet. Its block begins with the name."""

    id: str
    vendor_signature: VendorSignature | None
    arguments: str = ""


class AnthropicStream:
    """The `EventFormat` of one stream. One content block at a time is open, as Anthropic's clients expect.

    Tokens are known at the end: `message_start` counts none, `message_delta` has the totals, and
    `x_llm_dropped` with the parameters that the provider did not get. A broken stream ends with an error event,
    without `message_delta` and `message_stop`.
    """

    last: type = Completed
    keep_alive = event("ping")

    def __init__(self, *, request_id: str, thinks: bool = False) -> None:
        self._request_id = request_id
        self._thinks = thinks
        self._next = 0
        self._open: str | int | None = None
        """The open block: "text", or the index of a tool call."""
        self._begun: set[int] = set()
        self._without_arguments: set[int] = set()
        """The begun tool calls that have only the empty input of their beginning."""
        self._nameless: dict[int, _Call] = {}
        self._thoughts = 0

    def headers(self, started: Started) -> dict[str, str]:
        """The response headers that name the provider."""
        return started_headers(started)

    def frames(self, said: AnswerEvent) -> Iterator[bytes]:
        """The events for one event of the gateway."""
        match said:
            case Started(resumed=True):
                yield f": {said.provider} goes on\n\n".encode()
            case Started():
                yield event("message_start", message=shell(said.call_id, said.model))
            case TextDelta():
                yield from self._think(said.thinking)
                yield from self._text(said.text)
            case ToolCallDelta():
                yield from self._think(said.thinking)
                yield from self._call(said)
            case Completed():
                yield from self._end(said.answer.completion)

    def broken(self, error: ApiError) -> bytes:
        """The event that ends a broken stream."""
        body = errors.body(error, self._request_id)
        return event("error", error=body["error"], request_id=self._request_id)

    def _text(self, text: str) -> Iterator[bytes]:
        if self._open != "text":
            yield from self._begin("text", {"type": "text", "text": "", "citations": None})
        yield self._piece({"type": "text_delta", "text": text})

    def _call(self, said: ToolCallDelta) -> Iterator[bytes]:
        if said.index in self._begun:
            if self._open != said.index:
                if said.arguments == "{}" and said.index in self._without_arguments:
                    return  # the block began with this input
                raise ValueError("a piece of a tool call came after the next block had begun")
        else:
            call = self._nameless.setdefault(
                said.index, _Call(id=said.id or f"call_{said.index + 1}", vendor_signature=said.vendor_signature)
            )
            if said.name is None:
                call.arguments += said.arguments
                return
            yield from self._begin_call(said.index, said.name, self._nameless.pop(said.index))
        if said.arguments:
            yield self._arguments(said.index, said.arguments)

    def _begin_call(self, index: int, name: str, call: _Call) -> Iterator[bytes]:
        self._begun.add(index)
        if call.vendor_signature is not None and is_shown(call.vendor_signature, thinks=self._thinks):
            yield from self._whole(signature_block(call.id, call.vendor_signature))
        yield from self._begin(index, tool_use(call.id, name, {}))
        self._without_arguments.add(index)
        if call.arguments:
            yield self._arguments(index, call.arguments)

    def _arguments(self, index: int, piece: str) -> bytes:
        self._without_arguments.discard(index)
        return self._piece({"type": "input_json_delta", "partial_json": piece})

    def _end(self, said: Completion) -> Iterator[bytes]:
        yield from self._think(said.thinking[self._thoughts :])
        if said.refusal and not said.text:
            yield from self._text(said.refusal)
        yield from self._close()
        dropped = {"x_llm_dropped": said.dropped} if said.dropped else {}
        ending = {**stopped(said), "container": None}
        yield event("message_delta", delta=ending, usage=usage_of_stream(said.usage), **dropped)
        yield event("message_stop")

    def _think(self, thoughts: tuple[Thinking, ...]) -> Iterator[bytes]:
        self._thoughts += len(thoughts)
        for thought in thoughts:
            if is_shown(thought, thinks=self._thinks):
                yield from self._whole(block(thought))

    def _whole(self, made: dict[str, Any]) -> Iterator[bytes]:
        """The events of a whole thinking block."""
        if made["type"] == "redacted_thinking":
            yield from self._begin("thinking", made)
        else:
            yield from self._begin("thinking", {"type": "thinking", "thinking": "", "signature": ""})
            if made["thinking"]:
                yield self._piece({"type": "thinking_delta", "thinking": made["thinking"]})
            yield self._piece({"type": "signature_delta", "signature": made["signature"]})
        yield from self._close()

    def _begin(self, what: str | int, made: dict[str, Any]) -> Iterator[bytes]:
        yield from self._close()
        self._open = what
        yield event("content_block_start", index=self._next, content_block=made)
        self._next += 1

    def _piece(self, delta: dict[str, Any]) -> bytes:
        return event("content_block_delta", index=self._next - 1, delta=delta)

    def _close(self) -> Iterator[bytes]:
        if self._open is not None:
            self._open = None
            yield event("content_block_stop", index=self._next - 1)
