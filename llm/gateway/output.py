"""Turns vendors' events into the caller's: live, buffered until the answer is whole, or joined as a continuation.

`DeliveredOutput` (one a call) knows what has gone out. `AttemptOutput` (one an attempt) filters that vendor's events.
"""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from llm.core.chat.request import ChatRequest, OutputFormat, Thinking, VendorSignature
from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta, Usage
from llm.core.failures.policy import Failure
from llm.core.routing.continuation import Join, continuation

OutputEvent = TextDelta | ToolCallDelta | Alive


class DeliveredOutput:
    """The part of the answer that the caller has, from all providers that delivered."""

    def __init__(self) -> None:
        self._text = StringIO()
        self.has_calls = False
        self.spent = Usage()
        """The tokens of the attempts that broke off after they had delivered."""
        self.broken_by: Failure | None = None
        """The failure of the first of them."""

    @property
    def begun(self) -> bool:
        return self._text.tell() > 0 or self.has_calls

    @property
    def text(self) -> str:
        return self._text.getvalue()

    @property
    def can_resume(self) -> bool:
        """Whether another model can continue it. A tool call is never spliced: half of one is of no use."""
        return not self.has_calls

    def add(self, event: OutputEvent) -> None:
        """Notes an event that goes out now."""
        if isinstance(event, TextDelta):
            self._text.write(event.text)
        elif isinstance(event, ToolCallDelta):
            self.has_calls = True

    def record_failure(self, failure: Failure, usage: Usage) -> None:
        """Notes that the provider that was delivering failed, at a cost of `usage` tokens."""
        self.spent += usage
        self.broken_by = self.broken_by or failure


class HeldCall:
    """A tool call that is held back until it is whole."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._id: str | None = None
        self._name: str | None = None
        self._arguments = StringIO()
        self._signature: VendorSignature | None = None
        self._thinking: tuple[Thinking, ...] = ()

    def add(self, piece: ToolCallDelta) -> None:
        self._id = self._id or piece.id
        self._name = self._name or piece.name
        self._arguments.write(piece.arguments)
        self._signature = self._signature or piece.vendor_signature
        self._thinking += piece.thinking

    def whole(self) -> ToolCallDelta:
        """The pieces as one."""
        return ToolCallDelta(
            index=self._index,
            id=self._id,
            name=self._name,
            arguments=self._arguments.getvalue(),
            vendor_signature=self._signature,
            thinking=self._thinking,
        )


class AttemptOutput:
    """What one attempt adds to the answer. `request` is what its vendor is asked."""

    def __init__(
        self, request: ChatRequest, delivered: DeliveredOutput, *, buffered: bool = False, live_tool_calls: bool = False
    ) -> None:
        self._delivered = delivered
        self._join: Join | None = None
        self._buffer: list[OutputEvent] | None = [] if buffered else None
        self._calls: dict[int, HeldCall] | None = None if live_tool_calls else {}
        self.request = request
        self.resumes = delivered.begun
        if self.resumes:
            text = delivered.text
            self.request = continuation(request, text)
            self._join = Join(text, anew=request.output.format is not OutputFormat.TEXT)

    def feed(self, event: OutputEvent) -> Iterator[OutputEvent]:
        """The events that go out because of `event`. Raises Unjoinable."""
        if isinstance(event, TextDelta) and self._join is not None:
            yield from self._text(self._join.feed(event.text))
        elif isinstance(event, ToolCallDelta) and self._calls is not None:
            self._calls.setdefault(event.index, HeldCall(event.index)).add(event)
        elif isinstance(event, ToolCallDelta) and self._join is not None:
            yield from self._text(self._join.end())
            yield from self._out(event)
        elif self._buffer is not None:
            self._buffer.append(event)
        elif self._delivered.begun or not isinstance(event, Alive):
            yield from self._out(event)

    def end(self) -> Iterator[OutputEvent]:
        """The events that go out once the vendor is done. Raises Unjoinable."""
        if self._join is not None:
            yield from self._text(self._join.end())
        calls = [call.whole() for call in (self._calls or {}).values()]
        for event in (*(self._buffer or ()), *calls):
            if not isinstance(event, Alive):
                yield from self._out(event)

    def completion(self, completion: Completion) -> Completion:
        """The answer as the caller has it: with the text and the cost of earlier attempts."""
        if not self.resumes:
            return completion
        # A vendor's signature on its model's reasoning covers that model's text alone.
        return replace(
            completion,
            text=self._delivered.text,
            usage=self._delivered.spent + completion.usage,
            thinking=(),
        )

    def _text(self, text: str) -> Iterator[OutputEvent]:
        return self._out(TextDelta(text=text)) if text else iter(())

    def _out(self, event: OutputEvent) -> Iterator[OutputEvent]:
        self._delivered.add(event)
        yield event
