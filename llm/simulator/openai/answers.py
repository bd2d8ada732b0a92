"""Writes OpenAI's good answers: chat completions, their chunks, model lists."""

import json
from collections.abc import Iterator

from llm.simulator.http.exchange import Json, Stamp, StreamAnswer, WireAnswer
from llm.simulator.model.chat import SimulatedFinish, SimulatedReply, SimulatedRequest, SimulatedToolCall
from llm.simulator.model.replies import split
from llm.simulator.openai.errors import headers
from llm.simulator.wire import Catalogue

DONE = b"data: [DONE]\n\n"
_FINISH = {
    SimulatedFinish.STOP: "stop",
    SimulatedFinish.LENGTH: "length",
    SimulatedFinish.STOP_SEQUENCE: "stop",
    SimulatedFinish.TOOL: "tool_calls",
    SimulatedFinish.REFUSED: "content_filter",
    SimulatedFinish.PROMPT_BLOCKED: "content_filter",
}
_FIRST_MODEL_CREATED = 1_767_225_600


def usage(reply: SimulatedReply) -> Json:
    """Reasoning is part of completion_tokens, cached tokens are part of prompt_tokens."""
    completion = reply.output_tokens + reply.thinking_tokens
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": completion,
        "total_tokens": reply.input_tokens + completion,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens, "cache_write_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reply.thinking_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        **reply.usage,
    }


def _head(kind: str, request: SimulatedRequest, stamp: Stamp) -> Json:
    return {
        "id": f"chatcmpl-{stamp.token}",
        "object": kind,
        "created": stamp.created,
        "model": request.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated0",
    }


def _call(call: SimulatedToolCall, place: int, stamp: Stamp) -> tuple[Json, str]:
    """The call without its arguments, and the arguments as JSON text."""
    head: Json = {"id": f"call_{stamp.token}{place or ''}", "type": "function", "function": {"name": call.name}}
    return head, json.dumps(dict(call.arguments), ensure_ascii=False)


def _finish(reply: SimulatedReply) -> str:
    """A model's own refusal ends as any answer does."""
    return "stop" if reply.refusal else _FINISH[reply.finish]


def completion(
    request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp, *, shows_thought: bool = False
) -> WireAnswer:
    message: Json = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": []}
    if shows_thought and reply.thought:
        message["reasoning_content"] = reply.thought
    calls = [_call(call, place, stamp) for place, call in enumerate(reply.tool_calls)]
    for head, arguments in calls:
        head["function"]["arguments"] = arguments
    if calls:
        message |= {"content": None, "tool_calls": [head for head, _ in calls]}
    if reply.refusal:
        message |= {"content": None, "refusal": reply.refusal}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
    body = {**_head("chat.completion", request, stamp), "choices": [choice], "usage": usage(reply)}
    return WireAnswer(headers=headers(stamp), body=json.dumps(body, ensure_ascii=False).encode())


def frame(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def _deltas(reply: SimulatedReply, stamp: Stamp, *, shows_thought: bool) -> Iterator[Json]:
    for piece in split(reply.thought if shows_thought else "", None):
        yield {"reasoning_content": piece}
    for place, call in enumerate(reply.tool_calls):
        head, arguments = _call(call, place, stamp)
        head["function"]["arguments"] = ""
        yield {"tool_calls": [{"index": place, **head}]}
        for piece in (arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]):
            yield {"tool_calls": [{"index": place, "function": {"arguments": piece}}]}
    for piece in split(reply.refusal, None):
        yield {"refusal": piece}
    for piece in reply.pieces:
        yield {"content": piece}


def stream(
    request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp, *, shows_thought: bool = False
) -> StreamAnswer:
    shell = _head("chat.completion.chunk", request, stamp)
    if request.include_usage:
        shell["usage"] = None

    def chunk(delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return frame(json.dumps({**shell, "choices": [choice]}, ensure_ascii=False).encode())

    closing = [chunk({}, _finish(reply))]
    if request.include_usage:
        closing.append(frame(json.dumps({**shell, "choices": [], "usage": usage(reply)}).encode()))
    first = {"role": "assistant", "content": None if reply.tool_calls else "", "refusal": None}
    return StreamAnswer(
        headers=headers(stamp),
        opening=(chunk(first),),
        content=tuple(chunk(delta) for delta in _deltas(reply, stamp, shows_thought=shows_thought)),
        closing=tuple(closing),
        end_mark=DONE,
    )


def model(model_id: str) -> Json:
    return {"id": model_id, "object": "model", "created": _FIRST_MODEL_CREATED, "owned_by": "system"}


def models(catalogue: Catalogue, stamp: Stamp, *, named: bool = False) -> WireAnswer:
    """The list; `named`: in Cohere's shape."""
    if named:
        body: Json = {"models": [{"name": name, "endpoints": ["chat"]} for name in catalogue.shown()]}
    else:
        body = {"object": "list", "data": [model(model_id) for model_id in catalogue.shown()]}
    return WireAnswer(headers=headers(stamp), body=json.dumps(body).encode())
