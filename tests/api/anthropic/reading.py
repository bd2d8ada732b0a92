"""Reads a messages request that is good but for what a test changes in it."""

from typing import Any

import pytest

from llm.api.anthropic.request import AnthropicCall, read_messages_call
from web.errors import ApiError

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
}


def read(*, strict: bool = False, **given: Any) -> AnthropicCall:
    return read_messages_call({"model": "default", "max_tokens": 2_000, "messages": HELLO, **given}, strict=strict)


def refusal(**given: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(strict=True, **given)
    assert caught.value.param is not None
    assert caught.value.param in caught.value.message
    return caught.value
