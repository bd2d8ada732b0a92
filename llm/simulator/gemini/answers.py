"""Writes Gemini's good answers: generateContent, its stream in both forms, token counts and model lists."""

import json
from collections.abc import Iterable

from llm.simulator.gemini.dialogue import TEXT_SIGNATURE, call_signature, signs_calls
from llm.simulator.gemini.errors import COMMON_HEADERS, CONTENT_TYPE
from llm.simulator.http.exchange import SSE_TYPE, Json, Stamp, StreamAnswer, WireAnswer, WireRoute
from llm.simulator.model.chat import SimulatedFinish, SimulatedReply, SimulatedRequest
from llm.simulator.wire import Catalogue

_FINISH = {
    SimulatedFinish.STOP: "STOP",
    SimulatedFinish.LENGTH: "MAX_TOKENS",
    SimulatedFinish.STOP_SEQUENCE: "STOP",
    SimulatedFinish.TOOL: "STOP",
    SimulatedFinish.REFUSED: "SAFETY",
}
_METHODS = ["generateContent", "countTokens", "streamGenerateContent"]


def answer(body: Json) -> WireAnswer:
    headers = {**COMMON_HEADERS, "server-timing": "gfet4t7; dur=1"}
    return WireAnswer(
        headers=headers,
        content_type=CONTENT_TYPE,
        body=json.dumps(body, indent=2, ensure_ascii=False).encode(),
    )


def usage(reply: SimulatedReply) -> Json:
    """Thoughts are billed output but no part of candidatesTokenCount; the prompt count includes cached
    tokens."""
    found: Json = {
        "promptTokenCount": reply.input_tokens,
        "candidatesTokenCount": reply.output_tokens,
        "totalTokenCount": reply.input_tokens + reply.output_tokens + reply.thinking_tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": reply.input_tokens}],
    }
    if reply.thinking_tokens:
        found["thoughtsTokenCount"] = reply.thinking_tokens
    if reply.cached_tokens:
        found["cachedContentTokenCount"] = reply.cached_tokens
    return {**found, **reply.usage}


def _body(candidate: Json, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> Json:
    return {
        "candidates": [{**candidate, "index": 0}],
        "usageMetadata": usage(reply),
        "modelVersion": request.model,
        "responseId": f"{stamp.token}AA",
    }


def _parts(request: SimulatedRequest, reply: SimulatedReply) -> list[Json]:
    if reply.tool_calls:
        calls: list[Json] = [
            {"functionCall": {"name": call.name, "args": dict(call.arguments)}} for call in reply.tool_calls
        ]
        if signs_calls(request.model):
            calls[0]["thoughtSignature"] = call_signature(calls[0]["functionCall"])  # of parallel calls only the first
        return calls
    return [{"text": reply.text, **_text_signature(reply)}] if reply.text else []


def _text_signature(reply: SimulatedReply) -> Json:
    return {"thoughtSignature": TEXT_SIGNATURE} if reply.thought else {}


def _blocked(request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> Json:
    """No candidate at all: the prompt itself was refused."""
    body = _body({}, request, reply, stamp)
    del body["candidates"]
    return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **body}


def _ending(parts: list[Json], request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> Json:
    if reply.finish is SimulatedFinish.PROMPT_BLOCKED:
        return _blocked(request, reply, stamp)
    candidate: Json = {
        "content": {"parts": parts, "role": "model"} if parts else {},
        "finishReason": _FINISH[reply.finish],
    }
    if reply.finish is SimulatedFinish.REFUSED:
        rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
        candidate["safetyRatings"] = [rating]
        if reply.refusal:
            candidate["finishMessage"] = reply.refusal
    return _body(candidate, request, reply, stamp)


def content(request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer:
    return answer(_ending(_parts(request, reply), request, reply, stamp))


def stream(route: WireRoute, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> StreamAnswer:
    pieces: Iterable[Json] = [{"text": piece} for piece in reply.pieces] or _parts(request, reply)
    bodies = [_body({"content": {"parts": [part], "role": "model"}}, request, reply, stamp) for part in pieces]
    last = {"text": "", **(_text_signature(reply) if reply.pieces else {})}
    bodies.append(_ending([last] if bodies else [], request, reply, stamp))
    return framed(bodies, route)


def framed(bodies: list[Json], route: WireRoute) -> StreamAnswer:
    """The last body closes the stream; an array has its brackets and commas around them."""
    texts = [json.dumps(body, ensure_ascii=False).encode() for body in bodies]
    frames = (
        [b"[" + texts[0]] + [frame(text, route) for text in texts[1:]]
        if route.as_array
        else [frame(t, route) for t in texts]
    )
    return StreamAnswer(
        headers=COMMON_HEADERS,
        content_type=CONTENT_TYPE if route.as_array else SSE_TYPE,
        content=tuple(frames[:-1]),
        closing=(frames[-1],),
        end_mark=b"\n]" if route.as_array else b"",
    )


def frame(data: bytes, route: WireRoute) -> bytes:
    return b",\r\n" + data if route.as_array else b"data: " + data + b"\r\n\r\n"


def model(model_id: str) -> Json:
    return {
        "name": f"models/{model_id}",
        "version": "001",
        "displayName": model_id.replace("-", " ").title(),
        "description": "Simulated model",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": _METHODS,
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": True,
    }


def models(catalogue: Catalogue) -> WireAnswer:
    return answer({"models": [model(model_id) for model_id in catalogue.shown()]})
