"""The tokens of an attempt that failed midway: the vendor's count as far as it goes, an estimate for the rest."""

from dataclasses import replace
from math import ceil

from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Metered, StreamEvent, TextDelta, ToolCallDelta, Usage
from llm.core.routing.needs import needs_of

CHARS_PER_TOKEN = 4
"""OpenAI's rule of thumb for English (https://help.openai.com/en/articles/4936856); French has a little fewer."""


class TokenMeter:
    """Counts the tokens of one attempt at `request` from its events."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._reported = Usage()
        self._characters = 0
        self._estimated_input = 0

    def read(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self._characters += len(event.text)
        elif isinstance(event, ToolCallDelta):
            self._characters += len(event.arguments) + len(event.name or "")
        elif isinstance(event, Metered):
            self._reported = event.usage

    def abandon(self) -> None:
        """Counts the request's own tokens where the vendor has reported none.

        A vendor that has begun to read a request may bill it, also when it is dropped before the first token.
        """
        if self._reported == Usage():
            self._estimated_input = max(1, needs_of(self._request, stream=True).input_tokens)

    def final(self, usage: Usage) -> None:
        """Takes the vendor's final count, which a failed attempt may have too; no estimate is added."""
        self._reported, self._characters, self._estimated_input = usage, 0, 0

    @property
    def estimated(self) -> bool:
        """Whether `usage` is more than the vendor has reported."""
        return self.usage != self._reported

    @property
    def usage(self) -> Usage:
        """The vendor's count, and at least what the content received so far takes.

        OpenAI reports its count with the last event, Claude the output's, so a cut stream is estimated.
        """
        reported = self._reported
        if not self._characters:
            return replace(reported, input=self._estimated_input) if self._estimated_input else reported
        return replace(
            reported,
            input=reported.input or needs_of(self._request, stream=True).input_tokens,
            output=max(reported.output, ceil(self._characters / CHARS_PER_TOKEN)),
        )
