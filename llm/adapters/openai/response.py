"""Reads OpenAI's chat completions and their chunks, as OpenAI and compatible vendors send them."""

import json
import re
from collections.abc import Iterable

from llm.adapters.partial_response import Reader
from llm.adapters.transport.lenient_json import Json, count, items, obj, text
from llm.adapters.usage import reported, tier, units
from llm.core.chat.request import OPENAI, REASONING_CONTENT, Thinking
from llm.core.chat.response import ALIVE, WORKS, Finish, StreamEvent
from llm.core.cost.meanings import Figures, usage_of
from llm.core.cost.parts import WEB_SEARCHES

FINISHES: dict[str, Finish | None] = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "error": None,  # OpenRouter: the upstream broke off
    "insufficient_system_resource": None,  # DeepSeek: likewise
}
TOOLS = {"web_search_requests": WEB_SEARCHES, "num_search_queries": WEB_SEARCHES}
"""Searches as OpenRouter and Perplexity report them, and the gateway's name."""
SEARCHES = re.compile(r"gpt-.*-search")
"""OpenAI's models that search the web themselves. Their usage does not say so; the citations of the answer do."""


class OpenAIReader(Reader):
    """A chunk's `delta` and a plain answer's `message` are one shape, so both are read alike.

    With `keeps_reasoning` the reasoning goes to the caller, since the vendor wants it back.
    """

    def __init__(self, *, keeps_reasoning: bool = False) -> None:
        super().__init__()
        self._keeps_reasoning = keeps_reasoning
        self._reasoning: list[str] = []
        self._by_id: dict[str, int] = {}
        self._by_index: dict[int, int] = {}
        self._named: set[int] = set()
        self._tier = ""
        self._cited = False

    def whole(self, body: Json) -> None:
        self._read(body, "message")

    def event(self, data: Json) -> Iterable[StreamEvent]:
        events = self._read(data, "delta")
        # Whole at the finish reason: not every vendor sends [DONE], and usage may follow.
        self.response.ended = self.response.finish is not None
        return events

    def _read(self, data: Json, key: str) -> Iterable[StreamEvent]:
        response = self.response
        response.model = response.model or text(data, "model")
        response.request_id = response.request_id or text(data, "id") or None
        self._tier = text(data, "service_tier") or self._tier
        choice = next((found for found in items(data, "choices") if found.get("index") in (0, None)), None)
        message = obj(choice, key)
        if "annotations" in message and SEARCHES.search(response.model):
            self._cited = self._cited or bool(items(message, "annotations"))
        if usage := obj(data, "usage"):
            response.usage = usage_of(OPENAI, _figures(usage, self._tier, cited=self._cited))
        if choice is None:
            return (ALIVE,)
        if refusal := text(message, "refusal"):
            response.charge(len(refusal))
            response.refusal += refusal
        reasoning, content = text(message, "reasoning_content") or text(message, "reasoning"), _content(message)
        if reasoning and self._keeps_reasoning:
            response.charge(len(reasoning))
            self._reasoning.append(reasoning)
        if self._reasoning and (content or items(message, "tool_calls")):
            thought = "".join(self._reasoning)
            self._reasoning.clear()
            response.think(Thinking(kind=OPENAI, text=thought, signature=REASONING_CONTENT))
        events = [response.say(content)]
        if reasoning:
            events.append(WORKS)
        events += [self._call(call, whole=key == "message") for call in items(message, "tool_calls")]
        if function := obj(message, "function_call"):
            events.append(response.call(0, name=text(function, "name"), arguments=text(function, "arguments")))
        self.finished(text(choice, "finish_reason"), FINISHES)
        return events

    def _call(self, call: Json, *, whole: bool) -> StreamEvent:
        function, call_id, mark = obj(call, "function"), text(call, "id"), _index(call.get("index"))
        name = text(function, "name")
        place = self._place(call_id, mark, name, whole=whole)
        if call_id:
            self._by_id[call_id] = place
        if mark is not None:
            self._by_index[mark] = place
        if name:
            self._named.add(place)
        return self.response.call(place, id=call_id, name=name, arguments=_arguments(function))

    def _place(self, call_id: str, mark: int | None, name: str, *, whole: bool) -> int:
        """Which call a piece belongs to. A new id is a new call whatever the index says; a piece without an id goes
        to the latest call at its index, and without an index to the last call."""
        new, latest = self.response.call_count, self.response.call_count - 1
        if whole:
            return new
        if call_id in self._by_id:
            return self._by_id[call_id]
        at_index = latest if mark is None else self._by_index.get(mark, new)
        if not 0 <= at_index < new:
            return new
        begins = bool(call_id) and at_index in self._by_id.values()
        return new if begins or (mark is None and name and at_index in self._named) else at_index


def _index(value: object) -> int | None:
    """An index, which some vendors write as a string."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _arguments(function: Json) -> str:
    """Arguments as JSON text; some vendors send the object itself."""
    given = function.get("arguments")
    return json.dumps(given, ensure_ascii=False) if isinstance(given, dict | list) else text(function, "arguments")


def _content(message: Json) -> str:
    """`content` is text, or with some vendors a list of text parts."""
    return text(message, "content") or "".join(text(part, "text") for part in items(message, "content"))


def _figures(usage: Json, served_tier: str, *, cited: bool) -> Figures:
    """https://platform.openai.com/docs/api-reference/chat/object#usage, and what compatible vendors add."""
    given, made = obj(usage, "prompt_tokens_details"), obj(usage, "completion_tokens_details")
    tools = {**obj(usage, "server_tool_use"), **{name: usage[name] for name in TOOLS if name in usage}}
    return Figures(
        input=count(usage, "prompt_tokens"),
        output=count(usage, "completion_tokens"),
        total=count(usage, "total_tokens"),
        # DeepSeek reports its cache hits under a name of its own.
        cached=count(given, "cached_tokens") or count(usage, "prompt_cache_hit_tokens"),
        cache_written=count(given, "cache_write_tokens"),
        reasoning=count(made, "reasoning_tokens"),
        input_audio=count(given, "audio_tokens"),
        cached_audio=count(obj(given, "cached_tokens_details"), "audio_tokens"),
        output_audio=count(made, "audio_tokens"),
        input_image=count(given, "image_tokens"),
        output_image=count(made, "image_tokens"),
        units=units(tools, TOOLS) or (((WEB_SEARCHES, 1),) if cited else ()),
        tier=tier(served_tier) or tier(text(usage, "service_tier")),
        reported=reported(usage),
    )
