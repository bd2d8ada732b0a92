"""ChatRequest -> the body of Gemini's generateContent (v1beta), one for both SDKs. Builds plain JSON; sends nothing."""

import re
from collections.abc import Iterator

from llm.adapters.messages.images import has_detail, inline, media_type_of
from llm.adapters.messages.ordering import alternating, instructions
from llm.adapters.messages.tool_results import IdForm
from llm.adapters.transport.lenient_json import Json, arguments_object, parse_object
from llm.adapters.transport.signals import unsupported
from llm.core.chat.request import (
    GEMINI,
    ChatRequest,
    Document,
    Image,
    OutputFormat,
    Part,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolMode,
    ToolResult,
)

ROLES = {Role.USER: "user", Role.ASSISTANT: "model"}
CHOICES = {ToolMode.AUTO: "AUTO", ToolMode.NONE: "NONE", ToolMode.REQUIRED: "ANY"}
BUDGET_MODEL = re.compile(r"(models/)?gemini-(2\.5|robotics)")
"""Models that take a thinking budget; later ones take a level, earlier ones neither."""
BUDGETS = {"none": 0, "minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576}
"""OpenAI's efforts as tokens, by Google's own table for its OpenAI-compatible endpoint (up to high)."""
LEVELS = {"none": "minimal", "xhigh": "high", "max": "high"}
"""OpenAI's efforts that Gemini's thinking levels call otherwise."""
IDS = IdForm(forbidden=re.compile(r"(?!)"), longest=256)
"""No bounds: ids are not sent, since Gemini matches results by name and order."""
UNSIGNED = "skip_thought_signature_validator"
"""Google's stand-in for the signature of a call that another model made, or that was not kept: Gemini 3 refuses
a turn whose first call has none (https://ai.google.dev/gemini-api/docs/thought-signatures, FAQ)."""


def build(request: ChatRequest, *, model: str, max_tokens: int) -> tuple[Json, tuple[str, ...]]:
    """The body, and the names of what Gemini has no parameter for."""
    turns = alternating(request, kind=GEMINI, ids=IDS)
    body: Json = {
        "contents": [{"role": ROLES[turn.role], "parts": list(_parts(turn.parts))} for turn in turns],
        "generationConfig": _generation(request, model, max_tokens),
    }
    if system := instructions(request, json_order=bool(request.tools)):
        body["systemInstruction"] = {"parts": [{"text": system}]}
    if request.tools:
        declared = [
            {
                "name": tool.name,
                "description": tool.description or tool.name,
                "parametersJsonSchema": _schema(tool.parameters, tool.name),
            }
            for tool in request.tools
        ]
        choice = request.tool_choice
        calling: Json = {"mode": "ANY" if choice.name else CHOICES[choice.mode]}
        if choice.name:
            calling["allowedFunctionNames"] = [choice.name]
        body["tools"] = [{"functionDeclarations": declared}]
        body["toolConfig"] = {"functionCallingConfig": calling}
    return body, _left_out(request)


def _left_out(request: ChatRequest) -> tuple[str, ...]:
    given = {
        "user": bool(request.user),
        "parallel_tool_calls": bool(request.tools) and not request.tool_choice.parallel,
        "tools.strict": any(tool.strict for tool in request.tools),
        "image_url.detail": has_detail(request),
    }
    return tuple(name for name, is_given in given.items() if is_given)


def _parts(parts: tuple[Part, ...]) -> Iterator[Json]:
    """The parts with their signatures: the first call of a turn signs for its neighbours, and what signs a
    text goes with the text that follows it here."""
    text_signature = ""
    unsigned = UNSIGNED
    for part in parts:
        if isinstance(part, Thinking):
            text_signature = part.signature
            continue
        if isinstance(part, Document) and part.name:
            yield {"text": f"{part.name}:"}  # its blobs have no field for a name
        wire = _part(part)
        signature = ""
        if isinstance(part, Text):
            signature, text_signature = text_signature, ""
        elif isinstance(part, ToolCall):
            signature, unsigned = part.vendor_signature.signature if part.vendor_signature else unsigned, ""
        yield {**wire, "thoughtSignature": signature} if signature else wire


def _part(part: Text | Image | Document | ToolCall | ToolResult) -> Json:
    match part:
        case Text():
            return {"text": part.text}
        case Image():
            if found := inline(part):
                return {"inlineData": {"mimeType": found.media_type, "data": found.data}}
            return {"fileData": {"mimeType": media_type_of(part), "fileUri": part.url or ""}}
        case Document():
            if part.data:
                return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
            return {"fileData": {"mimeType": part.media_type, "fileUri": part.url or ""}}
        case ToolCall():
            return {"functionCall": {"name": part.name, "args": arguments_object(part.arguments)}}
        case ToolResult():
            said = parse_object(part.content)
            response = {"result": part.content} if said is None else said
            return {"functionResponse": {"name": part.name, "response": response}}


def _generation(request: ChatRequest, model: str, max_tokens: int) -> Json:
    given: Json = {
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
        "seed": request.seed,
        "frequencyPenalty": request.frequency_penalty,
        "presencePenalty": request.presence_penalty,
    }
    config: Json = {"maxOutputTokens": request.max_tokens or max_tokens}
    config.update({name: value for name, value in given.items() if value is not None})
    if (effort := request.reasoning_effort) and BUDGET_MODEL.match(model):
        config["thinkingConfig"] = {"thinkingBudget": BUDGETS.get(effort, -1)}
    elif effort:
        config["thinkingConfig"] = {"thinkingLevel": LEVELS.get(effort, effort)}
    output = request.output
    if output.format is OutputFormat.JSON_SCHEMA:
        config["responseMimeType"] = "application/json"
        about = {"description": output.schema_description} if output.schema_description else {}
        config["responseJsonSchema"] = {**about, **_schema(output.schema, "the answer")}
    elif output.format is OutputFormat.JSON and not request.tools:
        config["responseMimeType"] = "application/json"  # refused together with tools: then it is said in words
    return config


def _schema(written: str | None, whose: str) -> Json:
    schema = parse_object(written or "{}")
    if schema is None:
        raise unsupported(f"the JSON schema of {whose} is no JSON object")
    return schema
