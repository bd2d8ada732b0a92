"""A fault is found, and named by its path; what a vendor's document allows is no fault."""

from typing import Any

import pytest

from tests.api.documents.document import ANTHROPIC, OPENAI, Document

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
SAID = {"role": "assistant", "content": "Hi", "refusal": None}
CHOICE = {"index": 0, "message": SAID, "logprobs": None, "finish_reason": "stop"}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [CHOICE],
    "usage": USAGE,
}
TEXT = {"type": "text", "text": "Hi", "citations": None}
CALL = {"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {"type": "direct"}}
ERROR = {"type": "error", "error": {"type": "api_error", "message": "No."}, "request_id": None}


def choice(**given: Any) -> dict[str, Any]:
    return {**COMPLETION, "choices": [{**CHOICE, **given}]}


def start(block: Any, index: Any = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


GOOD = [
    (OPENAI, "Answer", COMPLETION),
    (OPENAI, "Answer", {**COMPLETION, "x_of_ours": 1}),
    (OPENAI, "Answer", choice(message={**SAID, "content": None})),
    (OPENAI, "OneModel", {"id": "m", "object": "model", "created": 0, "owned_by": "o"}),
    (OPENAI, "Error", {"error": {"message": "No.", "type": "t", "param": None, "code": None}}),
    (ANTHROPIC, "AnswerEvent", start(TEXT)),
    (ANTHROPIC, "AnswerEvent", start(CALL)),
    (ANTHROPIC, "TokenCount", {"input_tokens": 1}),
    (ANTHROPIC, "Error", ERROR),
]


@pytest.mark.parametrize(("document", "name", "body"), GOOD)
def test_what_the_document_allows_is_no_fault(document: Document, name: str, body: Any) -> None:
    assert document.faults(name, body) == []


def without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != field}


BAD = [
    # document, answer, body, how the fault begins
    (OPENAI, "Answer", [], "the body: [] is not of type"),
    (OPENAI, "Answer", without(COMPLETION, "created"), 'the body: "created" is a required'),
    (OPENAI, "Answer", {**COMPLETION, "created": 1.5}, "created: Input should be a valid integer"),
    (OPENAI, "Answer", {**COMPLETION, "system_fingerprint": None}, 'system_fingerprint: null is not of type "string"'),
    (OPENAI, "Answer", choice(message=without(SAID, "refusal")), 'choices.0.message: "refusal" is a required'),
    (OPENAI, "Answer", choice(finish_reason="done"), 'choices.0.finish_reason: "done" is not one of'),
    (OPENAI, "Answer", choice(message={**SAID, "tool_calls": None}), "choices.0.message.tool_calls: null is not"),
    (OPENAI, "Error", {"error": {"message": "No.", "type": "t", "param": None}}, 'error: "code" is a required'),
    (ANTHROPIC, "AnswerEvent", start(without(CALL, "caller")), 'content_block: "caller" is a required'),
    (ANTHROPIC, "AnswerEvent", start({**CALL, "caller": None}), "content_block.caller: null is not"),
    (ANTHROPIC, "AnswerEvent", start({**TEXT, "text": None}), "content_block.text: null is not"),
    (ANTHROPIC, "AnswerEvent", start(TEXT, index=0.5), "content_block_start.index: Input should be a valid integer"),
    (ANTHROPIC, "AnswerEvent", {"type": "ping"}, "type: "),
    (ANTHROPIC, "Error", without(ERROR, "request_id"), 'the body: "request_id" is a required'),
    (ANTHROPIC, "Error", {**ERROR, "error": {"type": "request_too_large", "message": "No."}}, "error.type: "),
]


@pytest.mark.parametrize(("document", "name", "body", "fault"), BAD)
def test_a_fault_is_named_by_its_path(document: Document, name: str, body: Any, fault: str) -> None:
    found, *_ = document.faults(name, body)
    assert found.startswith(fault)
