"""What is asked of a model, in no vendor's dialect: messages, tools, the form of the answer."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who speaks. `system` is kept apart from the dialogue by every vendor but OpenAI."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Capability(StrEnum):
    """What a request can need and a provider can lack."""

    STREAM = "stream"
    TOOLS = "tools"
    IMAGES = "images"
    DOCUMENTS = "documents"
    JSON = "json"
    JSON_SCHEMA = "json_schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image by `url`, or as base64 `data` with its `media_type`; exactly one of the two.

    `detail` is how closely OpenAI's models are to look (low, high, auto); None leaves it to them.
    """

    url: str | None = None
    data: str | None = None
    media_type: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A PDF by `url`, or as base64 `data`; exactly one of the two. `name` is its title or its file's name.

    Documents of plain text are no parts of their own: they are told as `Text`.
    """

    url: str | None = None
    data: str | None = None
    media_type: str = "application/pdf"
    name: str = ""


CLAUDE, GEMINI, OPENAI = "claude", "gemini", "openai"
"""The kinds of vendor: who can read a seal."""
REASONING_CONTENT = "reasoning_content"
"""The signature of reasoning that compatible vendors tell in the open and want back: they sign nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSignature:
    """A vendor's opaque mark on what its model said. Only the vendor of this `kind` can read it; to the
    others it is never shown. `signature` is given back to the letter."""

    kind: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """A model's reasoning as its vendor sealed it: for the vendor of `kind` (claude, gemini, openai) alone.

    `signature` is opaque and given back to the letter; of a `redacted` block (Claude's) it is the whole
    content. Gemini's signature of a turn's text is a Thinking without text.
    """

    kind: str
    text: str = ""
    signature: str = ""
    redacted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A model's wish to call a tool. `arguments` is JSON text, as the model wrote it.

    `vendor_signature` is the vendor's mark on the call (Gemini's thoughtSignature), None when it set none.
    """

    id: str
    name: str
    arguments: str
    vendor_signature: VendorSignature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool answered to the call `call_id`; `name` is the tool's (Gemini matches by name)."""

    call_id: str
    name: str
    content: str


Part = Text | Image | Document | Thinking | ToolCall | ToolResult
"""Thinking stands only in the assistant's messages, before the text and the calls that it led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts, joined; images, documents, thinking and tool parts are left out."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def message(role: Role, text: str) -> Message:
    """A message of one text part."""
    return Message(role=role, parts=(Text(text=text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may ask for. `parameters` is a JSON schema as JSON text; with `strict` the
    vendor is to keep the arguments to it by force."""

    name: str
    description: str = ""
    parameters: str = '{"type": "object", "properties": {}}'
    strict: bool = False


class ToolMode(StrEnum):
    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """How freely the model may choose; `name` forces that one tool (mode is then `required`)."""

    mode: ToolMode = ToolMode.AUTO
    name: str | None = None
    parallel: bool = True


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json_object"
    JSON_SCHEMA = "json_schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The form that the answer must have. `schema` is a JSON schema as JSON text.

    `schema_description` and `strict` are OpenAI's: the others read the schema alone and always keep to it.
    A caller that accepts any form sets `validated` to False.
    """

    format: OutputFormat = OutputFormat.TEXT
    schema: str | None = None
    schema_name: str = "answer"
    schema_description: str = ""
    strict: bool = False
    validated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a model, in no vendor's dialect.

    `messages` is not empty; system messages may stand anywhere and are gathered by each adapter.
    `max_tokens` bounds the answer (None: the provider's default). `temperature` is OpenAI's 0 to 2.
    `language` is "fr" or "en" and chooses the static answer's text. `unserved` names what the caller
    asked for that no vendor is told; answers list it as dropped.
    """

    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None
    user: str | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    output: Output = Output()
    language: str = "fr"
    unserved: tuple[str, ...] = ()

    @property
    def system(self) -> str:
        """All system messages, joined by blank lines."""
        return "\n\n".join(m.text for m in self.messages if m.role is Role.SYSTEM)

    @property
    def dialogue(self) -> tuple[Message, ...]:
        """The messages that are not the system's."""
        return tuple(m for m in self.messages if m.role is not Role.SYSTEM)
