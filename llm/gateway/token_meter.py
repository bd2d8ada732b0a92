"""The tokens of an attempt that did not get to its end: what the vendor told of them, and our estimate of the rest."""

from math import ceil

from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Metered, StreamEvent, TextDelta, ToolCallDelta, Usage
from llm.core.routing.plan import needs_of

CHARS_PER_TOKEN = 4
"""OpenAI's rule of thumb for English (https://help.openai.com/en/articles/4936856); French has a little fewer."""


class Meter:
    """Reads along one attempt at `request`."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._told = Usage()
        self._characters = 0

    def read(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self._characters += len(event.text)
        elif isinstance(event, ToolCallDelta):
            self._characters += len(event.arguments) + len(event.name or "")
        elif isinstance(event, Metered):
            self._told = event.usage

    def final(self, usage: Usage) -> None:
        """The vendor's own last word on an attempt that failed all the same: nothing is left to estimate."""
        self._told, self._characters = usage, 0

    @property
    def estimated(self) -> bool:
        """Whether `usage` is more than the vendor has told."""
        return self.usage != self._told

    @property
    def usage(self) -> Usage:
        """At least what the vendor told; once content has come, at least what that content takes.

        OpenAI tells its count with the last event only, Claude the answer's, so a cut stream has but an estimate.
        """
        if not self._characters:
            return self._told
        told = self._told
        return Usage(
            input=told.input or needs_of(self._request, stream=True).input_tokens,
            output=max(told.output, ceil(self._characters / CHARS_PER_TOKEN)),
            cached=told.cached,
            cache_written=told.cache_written,
            reasoning=told.reasoning,
        )
