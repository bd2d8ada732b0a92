"""Turns the answer to a fitted request back into the answer to the caller's own: names of tools, stop sequences."""

from collections.abc import Iterator
from dataclasses import replace

from llm.adapters.fitting.stops import StopFilter
from llm.adapters.fitting.tool_names import ToolNames
from llm.core.chat.response import Alive, Completion, Finish, StreamEvent, TextDelta, ToolCallDelta


class AnswerRestorer:
    """One answer, plain or streamed. `own_stops` are the stop sequences that the vendor was not sent."""

    def __init__(self, names: ToolNames, own_stops: tuple[str, ...]) -> None:
        self._names = names
        self._own_stops = own_stops
        self._stops = StopFilter(own_stops)

    def event(self, event: StreamEvent) -> StreamEvent:
        """The event with the caller's name of the tool, and without text behind a stop sequence."""
        if isinstance(event, ToolCallDelta) and event.name:
            return replace(event, name=self._names.original(event.name))
        if not isinstance(event, TextDelta) or not self._own_stops:
            return event
        text = self._stops.feed(event.text)
        return replace(event, text=text) if text else Alive()

    def end(self) -> Iterator[StreamEvent]:
        """The text that was held back as the possible beginning of a stop sequence."""
        if rest := self._stops.end():
            yield TextDelta(text=rest)

    def completion(self, completion: Completion) -> Completion:
        """The whole answer, likewise."""
        calls = tuple(replace(call, name=self._names.original(call.name)) for call in completion.tool_calls)
        stops = StopFilter(self._own_stops)
        text = stops.feed(completion.text) + stops.end()
        if stops.stopped is None:
            return replace(completion, tool_calls=calls)
        return replace(completion, tool_calls=calls, text=text, finish=Finish.STOP, stop_sequence=stops.stopped)
