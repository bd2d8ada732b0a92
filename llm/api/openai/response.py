"""Writes answers in OpenAI's shapes: a completion, the chunks of a stream, a model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llm.api.openai.signatures import call_signature, message_signatures
from llm.core.calls import Answer
from llm.core.chat.response import Completion, Finish, TextDelta, ToolCallDelta, Usage
from web.bodies.write import json_bytes

DONE = b"data: [DONE]\n\n"


def chat_completion(answer: Answer) -> dict[str, Any]:
    """A `chat.completion` object. `model` is the one that answered."""
    completion = answer.completion
    return {
        "id": f"chatcmpl-{answer.call.id}",
        "object": "chat.completion",
        "created": int(answer.call.started_at.timestamp()),
        "model": completion.model,
        "choices": [
            {"index": 0, "message": _message(completion), "logprobs": None, "finish_reason": str(completion.finish)}
        ],
        "usage": usage(completion.usage),
    }


def _message(completion: Completion) -> dict[str, Any]:
    silent = bool(completion.tool_calls or completion.refusal) or completion.finish is Finish.CONTENT_FILTER
    message: dict[str, Any] = {
        "role": "assistant",
        "content": completion.text if completion.text or not silent else None,
        "refusal": completion.refusal or None,
        "annotations": [],
        **message_signatures(completion),
    }
    if completion.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
                **call_signature(call.vendor_signature),
            }
            for call in completion.tool_calls
        ]
    return message


def usage(tokens: Usage) -> dict[str, Any]:
    """OpenAI's usage. Prompt tokens include the cached ones, completion tokens the reasoning ones."""
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.total,
        "prompt_tokens_details": {
            "cached_tokens": tokens.cached,
            "cache_write_tokens": tokens.cache_written,
            "audio_tokens": tokens.input_audio,
        },
        "completion_tokens_details": {
            "reasoning_tokens": tokens.reasoning,
            "audio_tokens": tokens.output_audio,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def model(name: str, owner: str) -> dict[str, Any]:
    """A `model` object. `created` is 0, since vendors' dates are unknown here."""
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
        piece: dict[str, Any] = {"index": event.index, **call_signature(event.vendor_signature)}
        if event.name is not None:
            function = {"name": event.name, "arguments": event.arguments}
            piece = {**piece, "id": event.id, "type": "function"}
        return self._choice({"tool_calls": [{**piece, "function": function}]})

    def end(self, completion: Completion) -> Iterator[bytes]:
        """The chunk with the finish reason, the usage when it was asked for, and the end mark.

        Dropped parameters stand beside the finish reason, since they are known only now. Thinking comes whole
        before it: the SDK would need an `index` on each piece of the list.
        """
        if signatures := message_signatures(completion):
            yield self._choice(signatures)
        if completion.refusal:
            yield self._choice({"refusal": completion.refusal})
        dropped = {"x_llm_dropped": completion.dropped} if completion.dropped else {}
        yield self._choice({}, finish=str(completion.finish), **dropped)
        if self.include_usage:
            yield self._event({**self._frame(), "choices": [], "usage": usage(completion.usage)})
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
        }

    def _event(self, value: dict[str, Any]) -> bytes:
        return b"data: " + json_bytes(value) + b"\n\n"
