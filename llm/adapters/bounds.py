"""How much a vendor may send for one request. Beyond it the connection is closed and the answer is a bad response."""

from dataclasses import dataclass

from llm.adapters.transport.signals import oversized

BASE_CHARACTERS = 256 * 1024
CHARACTERS_PER_TOKEN = 64
"""Ten times an ordinary token; the longest ones, runs of blanks, have about a hundred characters."""
CHARACTERS_PER_ITEM = 512
"""Charged for each tool call and each piece of thinking: what it takes in memory without its text."""
BASE_BYTES = 1024 * 1024
BYTES_PER_STREAMED_TOKEN = 1024
"""An event for each token, as OpenAI's protocol has it, takes 200 to 600 bytes."""
BYTES_PER_WHOLE_TOKEN = 192
"""`CHARACTERS_PER_TOKEN`, and room for escapes."""
BALANCE_BYTES = 64 * 1024
LIST_BYTES = 4 * 1024 * 1024
"""Of a list of models: OpenRouter's has half a megabyte."""
BASE_STRUCTURE = 200_000
"""Brackets and commas of a whole JSON body. Each becomes an object in memory, at 70 bytes or more."""


@dataclass(frozen=True, slots=True)
class AnswerBounds:
    """The bounds of one answer, by the output tokens that the request allows."""

    max_tokens: int

    @property
    def characters(self) -> int:
        """Of text, tool calls and thinking together."""
        return BASE_CHARACTERS + CHARACTERS_PER_TOKEN * self.max_tokens

    @property
    def streamed_bytes(self) -> int:
        return BASE_BYTES + BYTES_PER_STREAMED_TOKEN * self.max_tokens

    @property
    def whole_bytes(self) -> int:
        return BASE_BYTES + BYTES_PER_WHOLE_TOKEN * self.max_tokens


def check_structure(content: bytes | bytearray) -> None:
    """Raises ProviderError (bad_response) for JSON of so many small values that reading it would fill the memory."""
    if len(content) <= BASE_STRUCTURE:
        return
    if content.count(b"[") + content.count(b"{") + content.count(b",") > max(BASE_STRUCTURE, len(content) // 8):
        raise oversized("the answer has too many values")
