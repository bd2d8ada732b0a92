"""Reads and checks requests to Gemini's generateContent. Field names are taken in camelCase and
snake_case, as Google does."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llm.simulator.gemini.dialogue import check_dialogue
from llm.simulator.gemini.documents import check_inline, colours, pdf_sizes
from llm.simulator.gemini.errors import GeminiComplaints, dotted, invalid
from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.model.chat import Calling, SimulatedRequest, SimulatedTool, SimulatedToolChoice, count_tokens
from llm.simulator.model.documents import TOKENS_PER_PDF
from llm.simulator.shape import Fields, FieldType, Path, check, expect

_FIELDS = {
    "model": FieldType.STRING,
    "contents": FieldType.ARRAY,
    "systemInstruction": FieldType.OBJECT,
    "tools": FieldType.ARRAY,
    "toolConfig": FieldType.OBJECT,
    "safetySettings": FieldType.ARRAY,
    "generationConfig": FieldType.OBJECT,
    "cachedContent": FieldType.STRING,
    "labels": FieldType.OBJECT,
    "serviceTier": FieldType.STRING,
    "store": FieldType.BOOLEAN,
}
_CONTENT = {"role": FieldType.STRING, "parts": FieldType.ARRAY}
_PART = {
    "text": FieldType.STRING,
    "thought": FieldType.BOOLEAN,
    "thoughtSignature": FieldType.STRING,
    "partMetadata": FieldType.OBJECT,
    **dict.fromkeys(
        (
            "inlineData",
            "fileData",
            "functionCall",
            "functionResponse",
            "executableCode",
            "codeExecutionResult",
            "videoMetadata",
        ),
        FieldType.OBJECT,
    ),
}
_CONFIG = {
    **dict.fromkeys(("temperature", "topP", "topK", "presencePenalty", "frequencyPenalty"), FieldType.NUMBER),
    **dict.fromkeys(("maxOutputTokens", "candidateCount", "seed", "logprobs"), FieldType.INTEGER),
    **dict.fromkeys(("responseMimeType", "mediaResolution"), FieldType.STRING),
    **dict.fromkeys(("responseLogprobs", "enableEnhancedCivicAnswers"), FieldType.BOOLEAN),
    **dict.fromkeys(("stopSequences", "responseModalities"), FieldType.ARRAY),
    **dict.fromkeys(
        ("thinkingConfig", "responseSchema", "speechConfig", "imageConfig", "responseFormat"), FieldType.OBJECT
    ),
    **dict.fromkeys(("responseJsonSchema", "_responseJsonSchema"), FieldType.ANY),
}
_COMPLAINTS = GeminiComplaints()
_OLD_MODELS = re.compile(r"gemini-(1|2\.0)")


def read(raw: bytes, model: str) -> SimulatedRequest:
    """Raises Rejected."""
    body = _known(parse(raw), _FIELDS, ())
    turns = list(_turns(body.get("contents") or []))
    if not turns:
        raise InvalidRequest(invalid("* GenerateContentRequest.contents: contents is not specified\n"))
    check_dialogue(turns, model)
    config = _known(body.get("generationConfig") or {}, _CONFIG, ("generationConfig",))
    _check_numbers(config)
    system = _system(body.get("systemInstruction"))
    last = turns[-1]
    pdfs = tuple(pdf_sizes(last))
    users = [turn for turn in turns if turn["role"] == "user" and _text(turn)]
    return SimulatedRequest(
        model=model,
        system=system,
        last_user=_text(users[-1]) if users else "",
        spoken=tuple(("user" if turn["role"] == "user" else "assistant", _text(turn)) for turn in turns),
        prefill=_text(last) if last["role"] == "model" else "",
        tool_result=_tool_result(last),
        pdfs=pdfs,
        colours=tuple(colours(last)),
        tools=tuple(_tools(body.get("tools") or [])),
        tool_choice=_tool_choice(body),
        json_mode=config.get("responseMimeType") == "application/json",
        schema=config.get("responseSchema") or config.get("responseJsonSchema") or config.get("_responseJsonSchema"),
        max_tokens=config.get("maxOutputTokens"),
        stop=tuple(config.get("stopSequences") or ()),
        input_tokens=count_tokens(system + "".join(_text(turn) for turn in turns)) + TOKENS_PER_PDF * len(pdfs),
        thinks=_thinks(model, config),
        seals=_thinks(model, config) and bool(config.get("thinkingConfig")),
    )


def read_count(raw: bytes, model: str) -> SimulatedRequest:
    """A countTokens request: contents at the top, or a whole generateContentRequest. Raises Rejected."""
    body = parse(raw)
    inner = body.get("generateContentRequest")
    return read(json.dumps(inner).encode() if isinstance(inner, dict) else raw, model)


def parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise InvalidRequest(invalid(f"Invalid JSON payload received. {error}")) from error
    if not isinstance(body, dict):
        raise InvalidRequest(invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.'))
    return body


def _camel(name: str) -> str:
    head, *rest = name.split("_") if not name.startswith("_") else [name]
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def _known(value: Mapping[str, Any], fields: Fields, at: Path) -> Json:
    """The object with camelCase names and whole numbers as numbers: Google's JSON takes "12" for 12."""
    found = {_camel(name): item for name, item in value.items()}
    for name, item in found.items():
        if fields.get(name) is FieldType.INTEGER and isinstance(item, str) and re.fullmatch(r"-?\d+", item):
            found[name] = int(item)
    check(found, fields, _COMPLAINTS, at=at)
    return found


def _check_numbers(config: Json) -> None:
    temperature = config.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        text = f"temperature must be in the range [0.0, 2.0] but was {temperature}.\n"
        raise InvalidRequest(invalid(f"* GenerateContentRequest.generation_config.temperature: {text}"))
    limit = config.get("maxOutputTokens")
    if limit is not None and limit < 1:
        raise InvalidRequest(
            invalid(
                "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.\n"
            )
        )


def _turns(contents: list[Any]) -> Iterator[Json]:
    for index, content in enumerate(contents):
        at: Path = ("contents", index)
        expect(content, FieldType.OBJECT, _COMPLAINTS, at=at)
        turn = _known(content, _CONTENT, at)
        turn["role"] = turn.get("role") or "user"
        if turn["role"] not in ("user", "model", "function"):
            raise InvalidRequest(invalid("Please use a valid role: user, model."))
        if not turn.get("parts"):
            raise InvalidRequest(
                invalid(f"* GenerateContentRequest.{dotted((*at, 'parts'))}: contents.parts must not be empty.\n")
            )
        turn["parts"] = _parts(turn["parts"], (*at, "parts"))
        yield turn


def _parts(parts: list[Any], at: Path) -> list[Json]:
    found = []
    for place, part in enumerate(parts):
        expect(part, FieldType.OBJECT, _COMPLAINTS, at=(*at, place))
        known = _known(part, _PART, (*at, place))
        if not known:
            text = "required oneof field 'data' must have one initialized field\n"
            raise InvalidRequest(invalid(f"* GenerateContentRequest.{dotted((*at, place))}.data: {text}"))
        check_inline(known, (*at, place))
        found.append(known)
    return found


def _text(turn: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] for part in turn["parts"] if part.get("text") and not part.get("thought"))


def _system(instruction: Json | None) -> str:
    if not instruction:
        return ""
    turn = _known(instruction, _CONTENT, ("systemInstruction",))
    return _text({"parts": _parts(turn.get("parts") or [], ("systemInstruction", "parts"))})


def _tool_result(turn: Json) -> str | None:
    answers = [part["functionResponse"] for part in turn["parts"] if part.get("functionResponse")]
    return json.dumps([answer.get("response") for answer in answers], ensure_ascii=False) if answers else None


_CALLING = {"AUTO": Calling.AUTO, "NONE": Calling.NONE, "ANY": Calling.REQUIRED, "VALIDATED": Calling.AUTO}


def _tool_choice(body: Json) -> SimulatedToolChoice:
    """Raises Rejected. Of several allowed functions the first stands for all."""
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    mode, allowed = calling.get("mode", "AUTO"), calling.get("allowedFunctionNames") or []
    if mode not in _CALLING:
        raise GeminiComplaints().wrong_type(("toolConfig", "functionCallingConfig", "mode"), FieldType.STRING, mode)
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise InvalidRequest(invalid("allowed_function_names can only be set when the mode is ANY or VALIDATED."))
    return SimulatedToolChoice(mode=_CALLING[mode], name=str(allowed[0]) if allowed else "")


def _tools(tools: list[Any]) -> Iterator[SimulatedTool]:
    for index, tool in enumerate(tools):
        expect(tool, FieldType.OBJECT, _COMPLAINTS, at=("tools", index))
        for declared in tool.get("functionDeclarations") or tool.get("function_declarations") or []:
            schema = declared.get("parameters") or declared.get("parametersJsonSchema") or {}
            yield SimulatedTool(name=str(declared.get("name", "")), schema=schema)


def _thinks(model: str, config: Json) -> bool:
    """Gemini thinks by default since 2.5; a budget of 0 switches it off."""
    budget = _known(config.get("thinkingConfig") or {}, _THINKING, ("generationConfig", "thinkingConfig")).get(
        "thinkingBudget"
    )
    return not _OLD_MODELS.match(model) and budget != 0


_THINKING = {
    "thinkingBudget": FieldType.INTEGER,
    "includeThoughts": FieldType.BOOLEAN,
    "thinkingLevel": FieldType.STRING,
}
