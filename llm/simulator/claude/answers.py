"""Writes Anthropic's good answers: messages, their event stream, model lists, and the headers that come
with them."""

import json
from collections.abc import Iterator

from llm.simulator.chat import ChatRequest, Finish, Reply
from llm.simulator.claude.errors import request_id
from llm.simulator.exchange import Answer, Json, Stamp, StreamAnswer
from llm.simulator.wire import Catalogue

_FINISH = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.TOOL: "tool_use",
    Finish.REFUSED: "refusal",
    Finish.PROMPT_BLOCKED: "refusal",
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


def usage(reply: Reply, output_tokens: int) -> Json:
    """Input tokens leave the cached ones out, as Anthropic counts."""
    return {
        "input_tokens": reply.input_tokens - reply.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": reply.cached_tokens,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _shell(request: ChatRequest, reply: Reply, stamp: Stamp) -> Json:
    return {
        "id": f"msg_01{stamp.token}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(reply, 1),
    }


def _ended(reply: Reply) -> Json:
    return {"stop_reason": _FINISH[reply.finish], "stop_sequence": reply.stop_sequence}


def _blocks(reply: Reply, stamp: Stamp) -> list[Json]:
    if reply.tool_call:
        call = reply.tool_call
        return [
            {
                "type": "tool_use",
                "id": f"toolu_01{stamp.token}",
                "name": call.name,
                "input": dict(call.arguments),
            }
        ]
    return [{"type": "text", "text": reply.text}] if reply.text else []


def message(request: ChatRequest, reply: Reply, stamp: Stamp) -> Answer:
    body = _shell(request, reply, stamp)
    body |= {"content": _blocks(reply, stamp), "usage": usage(reply, reply.output_tokens), **_ended(reply)}
    return Answer(headers=headers(stamp), body=json.dumps(body, ensure_ascii=False).encode())


def event(name: str, body: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **body}, ensure_ascii=False)}\n\n".encode()


def _deltas(reply: Reply) -> Iterator[Json]:
    if reply.tool_call:
        text = json.dumps(dict(reply.tool_call.arguments), ensure_ascii=False)
        for piece in ("", text[: len(text) // 2], text[len(text) // 2 :]):
            yield {"type": "input_json_delta", "partial_json": piece}
    for piece in reply.pieces:
        yield {"type": "text_delta", "text": piece}


def stream(request: ChatRequest, reply: Reply, stamp: Stamp) -> StreamAnswer:
    opening = [event("message_start", {"message": _shell(request, reply, stamp)})]
    closing = []
    for block in _blocks(reply, stamp):
        emptied: Json = {"input": {}} if reply.tool_call else {"text": ""}
        start = {**block, **emptied}
        opening.append(event("content_block_start", {"index": 0, "content_block": start}))
        closing.append(event("content_block_stop", {"index": 0}))
    opening.append(event("ping", {}))
    ending = {"delta": _ended(reply), "usage": {"output_tokens": reply.output_tokens}}
    return StreamAnswer(
        headers={**headers(stamp), "cache-control": "no-cache"},
        opening=tuple(opening),
        content=tuple(event("content_block_delta", {"index": 0, "delta": delta}) for delta in _deltas(reply)),
        closing=(*closing, event("message_delta", ending)),
        end_mark=event("message_stop", {}),
    )


def model(model_id: str) -> Json:
    name = model_id.replace("-", " ").title()
    return {"type": "model", "id": model_id, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}


def models(catalogue: Catalogue, stamp: Stamp) -> Answer:
    shown = [model(model_id) for model_id in catalogue.shown()]
    ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {"first_id": None, "last_id": None}
    return Answer(headers=headers(stamp), body=json.dumps({"data": shown, "has_more": False, **ends}).encode())
