"""Reads OpenAI's chat completions and their chunks, as OpenAI and compatible vendors send them."""

from collections.abc import Iterator

from llm.adapters.reading import Reader
from llm.adapters.transport.lenient_json import Json, count, items, obj, text
from llm.core.chat.response import Alive, Finish, StreamEvent, Usage

FINISHES: dict[str, Finish | None] = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "error": None,  # OpenRouter: the upstream broke off
    "insufficient_system_resource": None,  # DeepSeek: likewise
}


class OpenAIReader(Reader):
    """A chunk's `delta` and a plain answer's `message` are one shape, so both are read alike."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[object, int] = {}

    def whole(self, body: Json) -> None:
        for _ in self._read(body, "message"):
            pass

    def event(self, data: Json) -> Iterator[StreamEvent]:
        yield from self._read(data, "delta")
        # Whole at the finish reason: not every vendor sends [DONE], and usage may follow.
        self.draft.ended = self.draft.finish is not None

    def _read(self, data: Json, key: str) -> Iterator[StreamEvent]:
        draft = self.draft
        draft.model = draft.model or text(data, "model")
        draft.request_id = draft.request_id or text(data, "id") or None
        if usage := obj(data, "usage"):
            draft.usage = _usage(usage)
        choice = next((found for found in items(data, "choices") if found.get("index") in (0, None)), None)
        if choice is None:
            yield Alive()
            return
        message = obj(choice, key)
        draft.refusal += text(message, "refusal")
        yield draft.say(_content(message))
        for place, call in enumerate(items(message, "tool_calls")):
            yield self._call(call, place)
        if function := obj(message, "function_call"):
            yield draft.call(0, name=text(function, "name"), arguments=text(function, "arguments"))
        self.finished(text(choice, "finish_reason"), FINISHES)

    def _call(self, call: Json, place: int) -> StreamEvent:
        """Pieces of one call share its `index`; vendors that send none send whole calls, told apart by id."""
        function = obj(call, "function")
        mark = call.get("index")
        if not isinstance(mark, int):
            mark = text(call, "id") or f"#{place}"
        index = self._places.setdefault(mark, len(self._places))
        return self.draft.call(
            index, id=text(call, "id"), name=text(function, "name"), arguments=text(function, "arguments")
        )


def _content(message: Json) -> str:
    """`content` is text, or with some vendors a list of text parts."""
    return text(message, "content") or "".join(text(part, "text") for part in items(message, "content"))


def _usage(usage: Json) -> Usage:
    return Usage(
        input=count(usage, "prompt_tokens"),
        output=count(usage, "completion_tokens"),
        # DeepSeek reports its cache hits under a name of its own.
        cached=count(obj(usage, "prompt_tokens_details"), "cached_tokens") or count(usage, "prompt_cache_hit_tokens"),
        reasoning=count(obj(usage, "completion_tokens_details"), "reasoning_tokens"),
    )
