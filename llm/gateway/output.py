"""What the caller hears of an answer, whoever is speaking: live, held back until it is whole, or joined on.

`DeliveredOutput` (one a call) knows what has gone out. `AttemptOutput` (one an attempt) turns that vendor's events
into the caller's.
"""

from collections.abc import Iterator
from dataclasses import replace

from llm.core.chat.request import ChatRequest, OutputFormat
from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta, Usage
from llm.core.failures.policy import Failure
from llm.core.routing.continuation import Join, continuation

Heard = TextDelta | ToolCallDelta | Alive


class DeliveredOutput:
    """What the caller has of the answer so far, from all who spoke."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.has_calls = False
        self.spent = Usage()
        """The tokens of those who broke off while they spoke."""
        self.broken_by: Failure | None = None
        """Why the first of them broke off."""

    @property
    def begun(self) -> bool:
        return bool(self._pieces) or self.has_calls

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def may_go_on(self) -> bool:
        """Whether another model may go on with it. A tool call is never spliced: half of one is of no use."""
        return not self.has_calls

    def note(self, event: Heard) -> None:
        """Adds what goes out now."""
        if isinstance(event, TextDelta):
            self._pieces.append(event.text)
        elif isinstance(event, ToolCallDelta):
            self.has_calls = True

    def break_off(self, failure: Failure, usage: Usage) -> None:
        """Whoever was speaking has failed, and cost `usage` tokens."""
        self.spent += usage
        self.broken_by = self.broken_by or failure


class AttemptOutput:
    """One try's part in the telling. `request` is what its vendor is asked."""

    def __init__(self, request: ChatRequest, delivered: DeliveredOutput, *, buffered: bool) -> None:
        self._telling = delivered
        self._join: Join | None = None
        self._buffer: list[Heard] | None = [] if buffered else None
        self.request = request
        self.resumes = delivered.begun
        if self.resumes:
            said = delivered.text
            self.request = continuation(request, said)
            self._join = Join(said, anew=request.output.format is not OutputFormat.TEXT)

    def hear(self, event: Heard) -> Iterator[Heard]:
        """What goes out because of `event`. Raises Unjoinable."""
        if isinstance(event, TextDelta) and self._join is not None:
            yield from self._say(self._join.feed(event.text))
        elif isinstance(event, ToolCallDelta) and self._join is not None:
            yield from self._say(self._join.end())
            yield from self._out(event)
        elif self._buffer is not None:
            self._buffer.append(event)
        elif self._telling.begun or not isinstance(event, Alive):
            yield from self._out(event)

    def end(self) -> Iterator[Heard]:
        """What goes out once the vendor is done. Raises Unjoinable."""
        if self._join is not None:
            yield from self._say(self._join.end())
        for event in self._buffer or ():
            if not isinstance(event, Alive):
                yield from self._out(event)

    def whole(self, completion: Completion) -> Completion:
        """The answer as the caller has it: with what others said before, and with their cost."""
        if not self.resumes:
            return completion
        # The seals on a model's reasoning vouch for its own text alone.
        return replace(
            completion,
            text=self._telling.text,
            usage=self._telling.spent + completion.usage,
            thinking=(),
        )

    def _say(self, text: str) -> Iterator[Heard]:
        return self._out(TextDelta(text=text)) if text else iter(())

    def _out(self, event: Heard) -> Iterator[Heard]:
        self._telling.note(event)
        yield event
