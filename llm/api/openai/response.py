"""The gateway's answers in OpenAI's shapes: a completion, the chunks of a stream, the list of models. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llm.api.openai.signatures import call_seal, message_seals
from llm.core.calls import Answer
from llm.core.chat.response import Completion, Finish, TextDelta, ToolCallDelta, Usage

DONE = b"data: [DONE]\n\n"


def completion(answer: Answer) -> dict[str, Any]:
    """A `chat.completion` object. `model` is the one that answered."""
    said = answer.completion
    return {
        "id": f"chatcmpl-{answer.call.id}",
        "object": "chat.completion",
        "created": int(answer.call.started_at.timestamp()),
        "model": said.model,
        "choices": [{"index": 0, "message": _message(said), "logprobs": None, "finish_reason": str(said.finish)}],
        "usage": usage(said.usage),
        "system_fingerprint": None,
    }


def _message(said: Completion) -> dict[str, Any]:
    silent = bool(said.tool_calls or said.refusal) or said.finish is Finish.CONTENT_FILTER
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said.text if said.text or not silent else None,
        "refusal": said.refusal or None,
        "annotations": [],
        **message_seals(said),
    }
    if said.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
                **call_seal(call.vendor_signature),
            }
            for call in said.tool_calls
        ]
    return message


def usage(tokens: Usage) -> dict[str, Any]:
    """OpenAI's usage: prompt tokens include the cached ones, completion tokens the reasoning ones."""
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.total,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tokens.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def model(name: str, owner: str) -> dict[str, Any]:
    """A `model` object. When a vendor made its model is not known here, so `created` is 0."""
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """Writes the chunks of one stream. With `include_usage` each but the last says `usage: null`."""

    id: str
    created: int
    model: str
    include_usage: bool = False

    def role(self) -> bytes:
        """The first chunk."""
        return self._choice({"role": "assistant", "content": "", "refusal": None})

    def delta(self, event: TextDelta | ToolCallDelta) -> bytes:
        """A piece of text or of a tool call."""
        if isinstance(event, TextDelta):
            return self._choice({"content": event.text})
        function: dict[str, Any] = {"arguments": event.arguments}
        piece: dict[str, Any] = {"index": event.index, **call_seal(event.vendor_signature)}
        if event.name is not None:
            function = {"name": event.name, "arguments": event.arguments}
            piece = {**piece, "id": event.id, "type": "function"}
        return self._choice({"tool_calls": [{**piece, "function": function}]})

    def end(self, said: Completion) -> Iterator[bytes]:
        """The chunk with the finish reason, the usage when it was asked for, and the end mark.

        What the answer was made without is known only now, so it stands beside the finish reason.

        Thinking comes whole before it: the pieces of one list need an `index` each in the SDK's eyes.
        """
        if seals := message_seals(said):
            yield self._choice(seals)
        if said.refusal:
            yield self._choice({"refusal": said.refusal})
        yield self._choice({}, finish=str(said.finish), **({"x_llm_dropped": said.dropped} if said.dropped else {}))
        if self.include_usage:
            yield self._event({**self._frame(), "choices": [], "usage": usage(said.usage)})
        yield DONE

    def _choice(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        frame = {**self._frame(), **more}
        frame["choices"] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        if self.include_usage:
            frame["usage"] = None
        return self._event(frame)

    def _frame(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": None,
        }

    def _event(self, value: dict[str, Any]) -> bytes:
        return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
