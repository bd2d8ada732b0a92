"""Names of tools that a vendor takes, in place of names that it would refuse, and back.

A name is kept where it is within the vendor's rule. Else its characters are replaced, it is shortened, and a digest of
the whole name makes it unique; the same name always has the same short form, so prompt caches stay warm.
"""

import hashlib
import re
from dataclasses import replace

from llm.core.chat.request import ChatRequest, Message, Tool, ToolCall, ToolResult

DIGEST = 8
"""Hexadecimal digits: two of a thousand tools share one in a run of ten thousand requests."""
LONGEST = 64
"""Characters that every vendor takes."""


class ToolNames:
    """The names of one request's tools, as one vendor gets them."""

    def __init__(self, allowed: re.Pattern[str] | None) -> None:
        self._allowed = allowed
        self._originals: dict[str, str] = {}

    def fit(self, request: ChatRequest) -> ChatRequest:
        """The request with names that the vendor takes, in tools, calls, results and the choice."""
        names = {tool.name for tool in request.tools}
        for message in request.messages:
            names.update(part.name for part in message.parts if isinstance(part, ToolCall | ToolResult))
        self._originals = {wire: name for name in names if (wire := self._wire_name(name)) != name}
        if not self._originals:
            return request
        choice = request.tool_choice
        return replace(
            request,
            messages=tuple(self._message(message) for message in request.messages),
            tools=tuple(self._tool(tool) for tool in request.tools),
            tool_choice=replace(choice, name=self._wire_name(choice.name)) if choice.name else choice,
        )

    def original(self, name: str) -> str:
        """The caller's own name of the tool that the vendor calls `name`."""
        return self._originals.get(name, name)

    def _wire_name(self, name: str) -> str:
        if self._allowed is None or not name or self._allowed.fullmatch(name):
            return name
        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:DIGEST]
        clean = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
        if not re.match(r"[a-zA-Z_]", clean):
            clean = f"_{clean}"
        return f"{clean[: LONGEST - DIGEST - 1]}_{digest}"

    def _tool(self, tool: Tool) -> Tool:
        return replace(tool, name=self._wire_name(tool.name))

    def _message(self, message: Message) -> Message:
        if not any(isinstance(part, ToolCall | ToolResult) for part in message.parts):
            return message
        return replace(
            message,
            parts=tuple(
                replace(part, name=self._wire_name(part.name)) if isinstance(part, ToolCall | ToolResult) else part
                for part in message.parts
            ),
        )
