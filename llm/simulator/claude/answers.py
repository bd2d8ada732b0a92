"""Writes Anthropic's good answers: messages, their event stream, model lists, and the headers that come
with them."""

import json
from collections.abc import Iterator

from llm.simulator.claude.errors import request_id
from llm.simulator.http.exchange import Json, Stamp, StreamAnswer, Vendor, WireAnswer
from llm.simulator.model.chat import SimulatedFinish, SimulatedReply, SimulatedRequest, SimulatedToolCall
from llm.simulator.model.replies import split
from llm.simulator.model.signatures import seal
from llm.simulator.wire import Catalogue

_FINISH = {
    SimulatedFinish.STOP: "end_turn",
    SimulatedFinish.LENGTH: "max_tokens",
    SimulatedFinish.STOP_SEQUENCE: "stop_sequence",
    SimulatedFinish.TOOL: "tool_use",
    SimulatedFinish.REFUSED: "refusal",
    SimulatedFinish.PROMPT_BLOCKED: "refusal",
}
_LIMITS = {
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": "2099-01-01T00:00:00Z",
    "anthropic-ratelimit-tokens-limit": "480000",
    "anthropic-ratelimit-tokens-remaining": "480000",
    "anthropic-ratelimit-tokens-reset": "2099-01-01T00:00:00Z",
}


def headers(stamp: Stamp) -> dict[str, str]:
    return {"request-id": request_id(stamp), **_LIMITS}


def usage(reply: SimulatedReply, output_tokens: int) -> Json:
    """The usage of a message."""
    return {
        **_usage_at_the_end(reply, output_tokens),
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
        "inference_geo": "not_available",
        "speed": "standard",
        **reply.usage,
    }


def _usage_at_the_end(reply: SimulatedReply, output_tokens: int) -> Json:
    """The usage in `message_delta`. Input tokens leave the cached ones out, as Anthropic counts."""
    return {
        "input_tokens": reply.input_tokens - reply.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": reply.cached_tokens,
        "output_tokens": output_tokens,
        "output_tokens_details": {"thinking_tokens": reply.thinking_tokens},
        "server_tool_use": None,
        **reply.usage,
    }


def _shell(request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> Json:
    return {
        "id": f"msg_01{stamp.token}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "diagnostics": None,
        "usage": usage(reply, 1),
    }


def _ended(reply: SimulatedReply) -> Json:
    ended: Json = {
        "stop_reason": _FINISH[reply.finish],
        "stop_sequence": reply.stop_sequence,
        "stop_details": None,
        "container": None,
    }
    if reply.refusal:
        ended["stop_details"] = {"type": "refusal", "category": "general_harms", "explanation": reply.refusal}
    return ended


def _blocks(reply: SimulatedReply, stamp: Stamp) -> list[Json]:
    if reply.tool_calls:
        return [_tool_use(call, place, stamp) for place, call in enumerate(reply.tool_calls)]
    return [{"type": "text", "text": reply.text, "citations": None}] if reply.text else []


def _tool_use(call: SimulatedToolCall, place: int, stamp: Stamp) -> Json:
    mark = f"toolu_01{stamp.token}{place or ''}"
    called: Json = {"type": "tool_use", "id": mark, "caller": {"type": "direct"}, "name": call.name}
    return {**called, "input": dict(call.arguments)}


def _thinking(reply: SimulatedReply) -> list[Json]:
    if not reply.thought:
        return []
    if reply.redacted:
        return [{"type": "redacted_thinking", "data": seal(Vendor.CLAUDE, "redacted")}]
    return [{"type": "thinking", "thinking": reply.thought, "signature": seal(Vendor.CLAUDE, reply.thought)}]


def message(request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer:
    body = _shell(request, reply, stamp)
    body |= {
        "content": [*_thinking(reply), *_blocks(reply, stamp)],
        "usage": usage(reply, reply.output_tokens),
        **_ended(reply),
    }
    return WireAnswer(headers=headers(stamp), body=json.dumps(body, ensure_ascii=False).encode())


def event(name: str, body: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **body}, ensure_ascii=False)}\n\n".encode()


def _deltas(block: Json, reply: SimulatedReply) -> Iterator[Json]:
    match block["type"]:
        case "tool_use":
            text = json.dumps(block["input"], ensure_ascii=False)
            for piece in ("", text[: len(text) // 2], text[len(text) // 2 :]):
                yield {"type": "input_json_delta", "partial_json": piece}
        case "thinking":
            for piece in split(block["thinking"], None):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "text":
            for piece in reply.pieces:
                yield {"type": "text_delta", "text": piece}


_EMPTIED: dict[str, Json] = {
    "tool_use": {"input": {}},
    "thinking": {"thinking": "", "signature": ""},
    "redacted_thinking": {},
    "text": {"text": ""},
}


def _start(index: int, block: Json) -> bytes:
    return event("content_block_start", {"index": index, "content_block": {**block, **_EMPTIED[block["type"]]}})


def _stop(index: int) -> bytes:
    return event("content_block_stop", {"index": index})


def _pieces(index: int, block: Json, reply: SimulatedReply) -> list[bytes]:
    return [event("content_block_delta", {"index": index, "delta": delta}) for delta in _deltas(block, reply)]


def stream(request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> StreamAnswer:
    """Thinking and the start of the first block of content go before the content, its end behind it."""
    opening = [event("message_start", {"message": _shell(request, reply, stamp)})]
    index = 0
    for block in _thinking(reply):
        opening += [_start(index, block), *_pieces(index, block, reply), _stop(index)]
        index += 1
    content: list[bytes] = []
    closing: list[bytes] = []
    for place, block in enumerate(_blocks(reply, stamp), start=index):
        if place == index:
            opening.append(_start(place, block))
        else:
            content += [_stop(place - 1), _start(place, block)]
        content += _pieces(place, block, reply)
        closing = [_stop(place)]
    opening.append(event("ping", {}))
    ending = {"delta": _ended(reply), "usage": _usage_at_the_end(reply, reply.output_tokens)}
    return StreamAnswer(
        headers={**headers(stamp), "cache-control": "no-cache"},
        opening=tuple(opening),
        content=tuple(content),
        closing=(*closing, event("message_delta", ending)),
        end_mark=event("message_stop", {}),
    )


def model(model_id: str) -> Json:
    """A model of which nothing more is known than its name."""
    unknown = ("capabilities", "line", "max_input_tokens", "max_tokens", "deprecated_at", "retires_at")
    return {
        "type": "model",
        "id": model_id,
        "display_name": model_id.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        **dict.fromkeys(unknown),
    }


def models(catalogue: Catalogue, stamp: Stamp) -> WireAnswer:
    shown = [model(model_id) for model_id in catalogue.shown()]
    ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {"first_id": None, "last_id": None}
    return WireAnswer(headers=headers(stamp), body=json.dumps({"data": shown, "has_more": False, **ends}).encode())
