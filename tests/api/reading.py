"""Reads a chat request that is good but for what a test changes in it."""

from typing import Any

import pytest

from llm.api.openai.request import OpenAICall, read_chat
from web.errors import ApiError

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


def read(*, strict: bool = False, **given: Any) -> OpenAICall:
    return read_chat({"model": "default", "messages": HELLO, **given}, strict=strict)


def refusal(**given: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(strict=True, **given)
    assert caught.value.param is not None
    assert caught.value.param in caught.value.message
    return caught.value
