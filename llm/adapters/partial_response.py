"""An answer while it is read, plain or streamed, and the readers that fill it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO

from llm.adapters.bounds import CHARACTERS_PER_ITEM, AnswerBounds
from llm.adapters.transport.lenient_json import Json
from llm.adapters.transport.signals import bad_response, filtered, oversized
from llm.core.capacity.readings import Readings
from llm.core.chat.request import Thinking, ToolCall, VendorSignature
from llm.core.chat.response import ALIVE, Completion, Finish, Refusal, StreamEvent, TextDelta, ToolCallDelta, Usage
from llm.core.chat.well_formed import JsonTextJoiner, TextJoiner, well_formed
from llm.core.failures.policy import ProviderError


@dataclass(slots=True, kw_only=True)
class PartialResponse:
    """The answer so far.

    `finish` is set once the vendor gives its reason, `vendor_finish` is that reason in the vendor's word. `ended`: the
    end marker came. `closed`: nothing can follow it. `refusal` is the text in place of an answer. Until
    `quota_resets_at` the vendor's headers report an empty quota; `limits` is all that they say of quotas.
    `thinking_out_of_order`: thinking came after text or calls. A whole answer cannot show that order and the vendor
    refuses any other, so the completion has no thinking. `room` and `room_bytes`: the characters, and the bytes of a
    stream, that may still come.
    """

    model: str = ""
    request_id: str | None = None
    quota_resets_at: datetime | None = None
    limits: Readings | None = None
    finish: Finish | None = None
    vendor_finish: str = ""
    ended: bool = False
    closed: bool = False
    refusal: str = ""
    usage: Usage = field(default_factory=Usage)
    malformed: int = 0
    thinking: list[Thinking] = field(default_factory=list)
    thinking_out_of_order: bool = False
    room: int = AnswerBounds(0).characters
    room_bytes: int = AnswerBounds(0).streamed_bytes
    _text: StringIO = field(default_factory=StringIO)
    _has_text: bool = False
    _calls: dict[int, ToolCall] = field(default_factory=dict)
    _arguments: dict[int, StringIO] = field(default_factory=dict)
    stop_sequence: str | None = None
    _reported: int = 0
    _joiner: TextJoiner = field(default_factory=TextJoiner)
    _argument_joiners: dict[int, JsonTextJoiner] = field(default_factory=dict)

    def say(self, text: str) -> StreamEvent:
        """Adds a piece of text. White space alone is no content: it is held until a word follows."""
        self.charge(len(text))
        text = self._joiner.feed(text)
        if not text:
            return ALIVE
        self._text.write(text)
        if self._has_text:
            return TextDelta(text=text, thinking=self._unreported_thinking())
        if not text.strip():
            return ALIVE
        self._has_text = True
        return TextDelta(text=self._text.getvalue(), thinking=self._unreported_thinking())

    def call(
        self,
        index: int,
        *,
        id: str = "",
        name: str = "",
        arguments: str = "",
        vendor_signature: VendorSignature | None = None,
    ) -> StreamEvent:
        """Adds a piece of the tool call `index`; the first piece carries the id, the name and the signature."""
        self.charge(len(arguments) + len(name) + len(id))
        arguments = self._argument_joiners.setdefault(index, JsonTextJoiner()).feed(arguments)
        id, name = well_formed(id), well_formed(name)
        known = self._calls.get(index)
        if known is None:
            self.charge(CHARACTERS_PER_ITEM)
            call = self._calls[index] = ToolCall(
                id=id or f"call_{index + 1}", name=name, arguments="", vendor_signature=vendor_signature
            )
            self._arguments[index] = StringIO()
            self._arguments[index].write(arguments)
            return ToolCallDelta(
                index=index,
                id=call.id,
                name=name or None,
                arguments=arguments,
                vendor_signature=vendor_signature,
                thinking=self._unreported_thinking(),
            )
        late_name = name if name and not known.name else None
        if late_name:
            self._calls[index] = replace(known, name=late_name)
        self._arguments[index].write(arguments)
        if not arguments and not late_name:
            return ALIVE
        return ToolCallDelta(index=index, name=late_name, arguments=arguments)

    def think(self, thinking: Thinking) -> None:
        """Adds a piece of thinking."""
        self.charge(CHARACTERS_PER_ITEM)
        self.thinking.append(thinking)

    def charge(self, characters: int) -> None:
        """Takes what has come off `room`. Raises ProviderError (bad_response) when nothing is left."""
        self.room -= characters
        if self.room < 0:
            raise oversized("the answer is longer than its tokens allow", request_id=self.request_id)

    def charge_bytes(self, received: int) -> None:
        """The same for the bytes of a stream, comments and framing included."""
        self.room_bytes -= received
        if self.room_bytes < 0:
            raise oversized("the stream is longer than its tokens allow", request_id=self.request_id)

    @property
    def has_content(self) -> bool:
        return self._has_text or bool(self._calls)

    def _unreported_thinking(self) -> tuple[Thinking, ...]:
        """The thinking since the last piece of content."""
        fresh, self._reported = tuple(self.thinking[self._reported :]), len(self.thinking)
        return fresh

    @property
    def call_count(self) -> int:
        return len(self._calls)

    def end_call(self, index: int) -> StreamEvent:
        """Adds what a finished call still lacks: a held piece of an escape, or `{}` when no arguments came."""
        pieces, rest = self._arguments[index], self._argument_joiners[index].end()
        if not rest.strip() and not pieces.getvalue().strip():
            rest = "{}"
        if not rest:
            return ALIVE
        pieces.write(rest)
        return ToolCallDelta(index=index, arguments=rest)

    def flush(self) -> Iterator[StreamEvent]:
        """Adds what a finished answer still lacks: half of a character in its text, and the ends of its calls."""
        yield self.say(self._joiner.end())
        for index in sorted(self._calls):
            yield self.end_call(index)

    def completion(self, *, asked_model: str, dropped: tuple[str, ...], now: datetime) -> Completion:
        """The finished answer. Raises `ProviderError`: content_filtered for a refusal without text,
        bad_response for everything else that a caller could not use."""
        for _ in self.flush():
            pass
        text = self._text.getvalue()
        calls = tuple(
            replace(call, arguments=self._arguments[index].getvalue()) for index, call in sorted(self._calls.items())
        )
        usable = bool(text.strip() or calls)
        if not usable and (self.finish is Finish.CONTENT_FILTER or self.refusal):
            raise self._refused(self.model or asked_model)
        if self.finish is None:
            raise bad_response(
                "the answer does not say why it ended" + (f" ({self.vendor_finish})" if self.vendor_finish else ""),
                request_id=self.request_id,
            )
        if not usable:
            used_up = self.finish is Finish.LENGTH
            raise bad_response(self._why_empty(), request_id=self.request_id, usage=self.usage, used_up=used_up)
        if any(not call.name for call in calls):
            raise bad_response("a tool call has no name", request_id=self.request_id)
        return Completion(
            text=text,
            model=well_formed(self.model) or asked_model,
            finish=self._finish(self.finish, calls),
            usage=self.usage,
            tool_calls=calls,
            thinking=() if self.thinking_out_of_order else tuple(self.thinking),
            vendor_request_id=self.request_id,
            dropped=dropped,
            quota_resets_in_s=self._quota_resets_in_s(now),
            limits=self.limits,
            malformed=self.malformed,
            stop_sequence=self.stop_sequence,
        )

    def _finish(self, said: Finish, calls: tuple[ToolCall, ...]) -> Finish:
        """Calls end a turn whatever the vendor calls it; a refusal after text is the end by a filter."""
        if said is not Finish.STOP:
            return said
        if self.refusal:
            return Finish.CONTENT_FILTER
        return Finish.TOOL_CALLS if calls else said

    def _refused(self, model: str) -> ProviderError:
        refusal = Refusal(
            text=well_formed(self.refusal) or f"The model refused to answer ({self.vendor_finish}).",
            model=model,
            finish=self.finish or Finish.CONTENT_FILTER,
        )
        reason = self.refusal or self.vendor_finish
        return filtered(f"the model refused to answer: {reason}", refusal, self.usage, request_id=self.request_id)

    def _quota_resets_in_s(self, now: datetime) -> float | None:
        """What is left of the rest at the end of the answer: its headers came at its beginning."""
        left = (self.quota_resets_at - now).total_seconds() if self.quota_resets_at else 0.0
        return left if left > 0 else None

    def _why_empty(self) -> str:
        if self.finish is not Finish.LENGTH:
            return f"the answer is empty (finish reason {self.vendor_finish})"
        return (
            f"the answer is empty: its {self.usage.output} output tokens, "
            f"{self.usage.reasoning} of them reasoning, were used up before the first word"
        )


class VendorError(Exception):
    """The vendor reported an error inside an answer of HTTP 200; `body` is its JSON."""

    def __init__(self, body: Json, headers: Mapping[str, str]) -> None:
        super().__init__("the vendor reported an error inside its answer")
        self.body = body
        self.headers = headers


class Reader(ABC):
    """Reads one answer into its response. Skips what it does not understand."""

    def __init__(self) -> None:
        self.response = PartialResponse()

    @abstractmethod
    def whole(self, body: Json) -> None:
        """Reads a plain answer's body."""

    @abstractmethod
    def event(self, data: Json) -> Iterable[StreamEvent]:
        """Reads one event of a stream. Sets `response.ended` when the answer is whole by the vendor's
        end marker, `response.closed` when nothing at all can follow."""

    def finished(self, vendor_finish: str, table: dict[str, Finish | None]) -> None:
        """Notes the vendor's finish word. A word missing from the table counts as a plain stop; one that it maps to
        None is a broken answer."""
        if vendor_finish:
            self.response.vendor_finish = vendor_finish
            self.response.finish = table.get(vendor_finish, Finish.STOP)
