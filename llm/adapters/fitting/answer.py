"""Turns the answer to a fitted request back into the answer to the caller's own: names of tools, stop sequences."""

from collections.abc import Iterator
from dataclasses import replace

from llm.adapters.fitting.stops import StopFilter
from llm.adapters.fitting.tool_names import ToolNames
from llm.core.chat.request import Thinking
from llm.core.chat.response import Alive, Completion, Finish, StreamEvent, TextDelta, ToolCallDelta


class AnswerRestorer:
    """One answer, plain or streamed. `own_stops` are the stop sequences that the vendor was not sent."""

    def __init__(self, names: ToolNames, own_stops: tuple[str, ...]) -> None:
        self._names = names
        self._own_stops = own_stops
        self._stops = StopFilter(own_stops)
        self._thinking: tuple[Thinking, ...] = ()
        self._calls_passed: set[int] = set()

    @property
    def passes_text(self) -> bool:
        """Whether all but tool calls goes out as it comes."""
        return not self._own_stops

    def events(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """What goes out in the event's place: the caller's names of tools, nothing behind a stop sequence."""
        if isinstance(event, ToolCallDelta):
            yield from self.end()
            if self._stops.stopped is not None:
                yield Alive()
                return
            self._calls_passed.add(event.index)
            yield replace(event, name=self._names.original(event.name)) if event.name else event
        elif isinstance(event, TextDelta) and self._own_stops:
            self._thinking += event.thinking
            yield self._out(self._stops.feed(event.text))
        else:
            yield event

    def end(self) -> Iterator[StreamEvent]:
        """The text that was held back as the possible beginning of a stop sequence."""
        if rest := self._stops.end():
            yield self._out(rest)

    def completion(self, completion: Completion) -> Completion:
        """The whole answer, likewise. Calls that follow a stop sequence are left out."""
        calls = tuple(replace(call, name=self._names.original(call.name)) for call in completion.tool_calls)
        stops = StopFilter(self._own_stops)
        text = stops.feed(completion.text) + stops.end()
        if stops.stopped is None:
            return replace(completion, tool_calls=calls)
        calls = calls[: len(self._calls_passed)]
        return replace(completion, tool_calls=calls, text=text, finish=Finish.STOP, stop_sequence=stops.stopped)

    def _out(self, text: str) -> StreamEvent:
        if not text:
            return Alive()
        delta = TextDelta(text=text, thinking=self._thinking)
        self._thinking = ()
        return delta
