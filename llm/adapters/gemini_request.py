"""ChatRequest -> the body of Gemini's generateContent (v1beta), one for both SDKs. Builds plain JSON; sends nothing."""

import re

from llm.adapters.dialogue import alternating, instructions, tool_calls
from llm.adapters.failures import unusable
from llm.adapters.images import inline, media_type_of
from llm.adapters.jsonread import Json, arguments_object, parse_object
from llm.core.chat import ChatRequest, Image, OutputFormat, Part, Role, Text, ToolCall, ToolMode, ToolResult

ROLES = {Role.USER: "user", Role.ASSISTANT: "model"}
CHOICES = {ToolMode.AUTO: "AUTO", ToolMode.NONE: "NONE", ToolMode.REQUIRED: "ANY"}
BUDGET_MODEL = re.compile(r"(models/)?gemini-(2\.5|robotics)")
"""Models that take a thinking budget; later ones take a level, earlier ones neither."""
BUDGETS = {"none": 0, "minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576}
"""OpenAI's efforts as tokens, by Google's own table for its OpenAI-compatible endpoint (up to high)."""
LEVELS = {"none": "minimal", "xhigh": "high"}
"""OpenAI's efforts that Gemini's thinking levels call otherwise."""
UNSIGNED = "skip_thought_signature_validator"
"""Google's documented stand-in for the signature of a call that another model made, or that was not
kept: Gemini 3 refuses a history whose calls have none."""


def build(request: ChatRequest, *, model: str, max_tokens: int) -> tuple[Json, tuple[str, ...]]:
    """The body, and the names of what Gemini has no parameter for."""
    names = {call.id: call.name for call in tool_calls(request)}
    body: Json = {
        "contents": [{"role": ROLES[turn.role], "parts": _parts(turn.parts, names)} for turn in alternating(request)],
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
    parallel_refused = bool(request.tools) and not request.tool_choice.parallel
    return body, ("parallel_tool_calls",) if parallel_refused else ()


def _parts(parts: tuple[Part, ...], names: dict[str, str]) -> list[Json]:
    wire = [_part(part, names) for part in parts]
    first = next((part for part in wire if "functionCall" in part), None)
    if first is not None:
        first["thoughtSignature"] = UNSIGNED  # the first call of a turn signs for its neighbours
    return wire


def _part(part: Part, names: dict[str, str]) -> Json:
    match part:
        case Text():
            return {"text": part.text}
        case Image():
            if found := inline(part):
                return {"inlineData": {"mimeType": found.media_type, "data": found.data}}
            return {"fileData": {"mimeType": media_type_of(part), "fileUri": part.url or ""}}
        case ToolCall():
            return {"functionCall": {"name": part.name, "args": arguments_object(part.arguments)}}
        case ToolResult():
            said = parse_object(part.content)
            response = {"result": part.content} if said is None else said
            name = part.name or names.get(part.call_id, part.call_id)
            return {"functionResponse": {"name": name, "response": response}}


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
        config["responseJsonSchema"] = _schema(output.schema, "the answer")
    elif output.format is OutputFormat.JSON and not request.tools:
        config["responseMimeType"] = "application/json"  # refused together with tools: then it is said in words
    return config


def _schema(written: str | None, whose: str) -> Json:
    schema = parse_object(written or "{}")
    if schema is None:
        raise unusable(f"the JSON schema of {whose} is no JSON object")
    return schema
