"""Reads Anthropic's messages, plain and streamed, from raw JSON."""

import json
from collections.abc import Iterable
from io import StringIO

from llm.adapters.partial_response import Reader
from llm.adapters.transport.lenient_json import Json, count, items, obj, text
from llm.adapters.usage import region, reported, tier, units
from llm.core.chat.request import CLAUDE, Thinking
from llm.core.chat.response import ALIVE, WORKS, Finish, StreamEvent
from llm.core.chat.well_formed import well_formed
from llm.core.cost.meanings import Figures, usage_of
from llm.core.cost.parts import WEB_SEARCHES

FINISHES: dict[str, Finish | None] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "pause_turn": Finish.LENGTH,  # a turn that the vendor paused is not finished
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.CONTENT_FILTER,
}


THINKING_FIELDS = ("thinking", "signature")
"""Of a block of thinking, each with deltas of its own."""
TOOLS = {
    "web_search_requests": WEB_SEARCHES,
    "web_fetch_requests": "web_fetches",
    "code_execution_requests": "code_executions",
    "tool_search_requests": "tool_searches",
}
"""The vendor's own tools: its name of their uses, and the gateway's."""


class ClaudeReader(Reader):
    """Stream order: message_start, blocks (start, deltas, stop), message_delta with the reason, message_stop."""

    def __init__(self) -> None:
        super().__init__()
        self._usage: Json = {}
        self._tools: dict[object, int] = {}
        self._thinking: Json = {}
        self._pieces: dict[str, StringIO] = {}

    def whole(self, body: Json) -> None:
        self._header(body)
        for place, block in enumerate(items(body, "content")):
            if block.get("type") == "tool_use":
                self._tool(place, block)
            elif block.get("type") == "text":
                self.response.say(text(block, "text"))
            else:
                self._thought(block)
        self._stopped(body)

    def event(self, data: Json) -> Iterable[StreamEvent]:
        match data.get("type"):
            case "content_block_delta":
                return (self._delta(data.get("index"), obj(data, "delta")),)
            case "message_start":
                self._header(obj(data, "message"))
            case "content_block_start":
                return (self._block(data.get("index"), obj(data, "content_block")),)
            case "content_block_stop":
                for name, pieces in self._pieces.items():
                    self._thinking[name] = text(self._thinking, name) + pieces.getvalue()
                self._thought(self._thinking)
                self._thinking, self._pieces = {}, {}
                index = self._tools.get(data.get("index"))
                return (ALIVE if index is None else self.response.end_call(index),)
            case "message_delta":
                self._merge(obj(data, "usage"))
                self._stopped(obj(data, "delta"))
            case "message_stop":
                self.response.ended = self.response.closed = bool(self.response.vendor_finish)
        return (ALIVE,)

    def _header(self, message: Json) -> None:
        self.response.model = text(message, "model")
        self.response.request_id = self.response.request_id or text(message, "id") or None
        self._merge(obj(message, "usage"))

    def _block(self, place: object, block: Json) -> StreamEvent:
        if block.get("type") == "tool_use":
            return self._tool(place, block)
        self._thinking = dict(block)
        self._pieces = {}
        return self.response.say(text(block, "text") if block.get("type") == "text" else "")

    def _tool(self, place: object, block: Json) -> StreamEvent:
        index = self._tools.setdefault(place, len(self._tools))
        given = block.get("input")
        arguments = json.dumps(given, ensure_ascii=False) if given else ""
        return self.response.call(index, id=text(block, "id"), name=text(block, "name"), arguments=arguments)

    def _delta(self, place: object, delta: Json) -> StreamEvent:
        kind = delta.get("type")
        if kind == "text_delta":
            return self.response.say(text(delta, "text"))
        if kind == "input_json_delta" and place in self._tools:
            return self.response.call(self._tools[place], arguments=text(delta, "partial_json"))
        for name in THINKING_FIELDS:
            if kind == f"{name}_delta":
                self.response.charge(len(piece := text(delta, name)))
                self._pieces.setdefault(name, StringIO()).write(piece)
                return WORKS
        return self.response.say("")

    def _thought(self, block: Json) -> None:
        """Keeps a block of thinking. One without a signature is of no use, because no vendor would take it back."""
        redacted = block.get("type") == "redacted_thinking"
        signature = text(block, "data" if redacted else "signature")
        if block.get("type") not in ("thinking", "redacted_thinking") or not signature:
            return
        self.response.thinking_out_of_order |= self.response.has_content
        thinking = well_formed(text(block, "thinking"))
        self.response.think(Thinking(kind=CLAUDE, text=thinking, signature=signature, redacted=redacted))

    def _stopped(self, source: Json) -> None:
        self.finished(text(source, "stop_reason"), FINISHES)
        self.response.stop_sequence = text(source, "stop_sequence") or None
        self.response.refusal = text(obj(source, "stop_details"), "explanation") or self.response.refusal

    def _merge(self, usage: Json) -> None:
        """Later figures replace earlier ones: those of message_delta are running totals, and may be fewer.

        At the start the vendor does not know yet what its own tools will give the model to read.
        """
        if not usage:
            return
        self._usage.update({name: value for name, value in usage.items() if value is not None})
        self.response.usage = usage_of(CLAUDE, _figures(self._usage))


def _figures(usage: Json) -> Figures:
    """https://platform.claude.com/docs/en/api/messages#usage."""
    lifetimes = obj(usage, "cache_creation")
    written_1h = count(lifetimes, "ephemeral_1h_input_tokens")
    written = max(
        count(usage, "cache_creation_input_tokens"), count(lifetimes, "ephemeral_5m_input_tokens") + written_1h
    )
    return Figures(
        input=count(usage, "input_tokens"),
        output=count(usage, "output_tokens"),
        cached=count(usage, "cache_read_input_tokens"),
        cache_written=written,
        cache_written_1h=written_1h,
        reasoning=count(obj(usage, "output_tokens_details"), "thinking_tokens"),
        units=units(obj(usage, "server_tool_use"), TOOLS),
        tier=tier(text(usage, "speed")) or tier(text(usage, "service_tier")),
        region=region(text(usage, "inference_geo")),
        reported=reported(usage),
    )
