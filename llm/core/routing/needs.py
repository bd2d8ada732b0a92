"""What a request asks of a provider: capabilities, and about how many tokens it has."""

from dataclasses import dataclass

from llm.core.chat.request import Capability, ChatRequest, Document, Image, Text, Thinking, ToolCall, ToolResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the request asks of a provider. `input_tokens` is an estimate."""

    capabilities: frozenset[Capability]
    input_tokens: int
    request: ChatRequest | None = None
    """For the bounds that depend on more than this; None checks no bounds."""


CHARS_PER_TOKEN = 5.0
"""More than French (3.5) or English (4.5) have. To think a request too short costs one refused call; to think
it too long would skip a provider that can answer."""
TOKENS_PER_IMAGE = 1600
"""Anthropic's vision page gives 1,568 tokens as the most that an image is scaled down to."""
TOKENS_PER_DOCUMENT = 1500
"""One page: the least that a document has. A page costs 1,500 to 3,000 tokens
(https://platform.claude.com/docs/en/build-with-claude/pdf-support)."""


def needs_of(request: ChatRequest, *, stream: bool) -> Needs:
    """What a provider must be able to do for this request.

    A form of the answer is not among it: a provider without it is asked in words, and the answer is validated.
    """
    needed: set[Capability] = {Capability.STREAM} if stream else set()
    images = documents = 0
    characters = len(request.output.schema or "")
    for said in request.messages:
        for part in said.parts:
            match part:
                case Text(text=text) | Thinking(text=text) | ToolCall(arguments=text) | ToolResult(content=text):
                    characters += len(text)
                case Image():
                    images += 1
                case Document():
                    documents += 1
    if images:
        needed.add(Capability.IMAGES)
    if documents:
        needed.add(Capability.DOCUMENTS)
    if request.tools:
        needed.add(Capability.TOOLS)
        characters += sum(len(tool.parameters) for tool in request.tools)
    tokens = int(characters / CHARS_PER_TOKEN) + images * TOKENS_PER_IMAGE + documents * TOKENS_PER_DOCUMENT
    return Needs(capabilities=frozenset(needed), input_tokens=tokens, request=request)
