"""Brings tool calls and their results together, as every vendor insists on: each call is answered once,
right after the message that makes it, under an id that the vendor takes."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from llm.core.chat.request import Message, Part, Role, Text, ToolCall, ToolResult

NO_RESULT = "No result: this call was not carried out."
"""Answers a call that the dialogue leaves open. Claude and OpenAI refuse such a dialogue, and a user who
speaks on while a tool still runs has made no mistake that could be named to him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdForm:
    """What a vendor takes as a call's id: every character that `forbidden` does not match, up to `longest`.

    `exact`: no other length will do. An id of another form becomes a digest of itself, the same in each request.
    """

    forbidden: re.Pattern[str]
    longest: int
    exact: bool = False

    def fitted(self, id: str) -> str:
        """The id in this form."""
        if not self.exact:
            return self.forbidden.sub("_", id)[: self.longest] or "call"
        if len(id) == self.longest and not self.forbidden.search(id):
            return id
        return hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[: self.longest]


@dataclass(slots=True)
class _Ids:
    """Gives each call an id of its own. It depends only on the calls before, so a dialogue that grows
    keeps its ids."""

    form: IdForm
    _taken: set[str] = field(default_factory=set)
    _copies: dict[str, int] = field(default_factory=dict)

    def new(self, id: str) -> str:
        base = self.form.fitted(id)
        found, number = base, self._copies.get(base, 1)
        while found in self._taken:
            number += 1
            mark = f"{number}" if self.form.exact else f"_{number}"
            found = base[: self.form.longest - len(mark)] + mark
        self._copies[base] = number
        self._taken.add(found)
        return found


@dataclass(slots=True)
class _PendingCall:
    call: ToolCall
    result: ToolResult | None = None


def paired(messages: Iterable[Message], form: IdForm) -> Iterator[Message]:
    """The messages with every call answered in a user's message right behind its own, in the order of the calls.

    A result that belongs to no open call before it stays where it is, as text. Messages that are left
    without parts are left out.
    """
    ids = _Ids(form)
    by_id: dict[str, list[_PendingCall]] = {}
    found: list[tuple[Message, list[_PendingCall]]] = []
    for message in messages:
        if not any(isinstance(part, ToolCall | ToolResult) for part in message.parts):
            found.append((message, []))
            continue
        calls: dict[str, list[_PendingCall]] = {}
        parts: list[Part] = []
        made: list[_PendingCall] = []
        for part in message.parts:
            if isinstance(part, ToolCall):
                id = ids.new(part.id)
                call = _PendingCall(part if id == part.id else replace(part, id=id))
                calls.setdefault(part.id, []).append(call)
                made.append(call)
                parts.append(call.call)
            elif not isinstance(part, ToolResult):
                parts.append(part)
            elif open_call := next((call for call in by_id.get(part.call_id, ()) if call.result is None), None):
                call_id, name = open_call.call.id, open_call.call.name
                open_call.result = ToolResult(call_id=call_id, name=name, content=part.content)
            else:
                parts.append(Text(text=f"Result of {part.name or part.call_id}: {part.content}"))
        by_id.update(calls)
        found.append((Message(role=message.role, parts=tuple(parts)), made))
    for message, made in found:
        if message.parts:
            yield message
        if made:
            yield Message(role=Role.USER, parts=tuple(_result(call) for call in made))


def _result(made: _PendingCall) -> ToolResult:
    return made.result or ToolResult(call_id=made.call.id, name=made.call.name, content=NO_RESULT)
