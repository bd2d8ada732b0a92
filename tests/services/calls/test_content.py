"""What is kept of requests and answers, where an installation keeps them."""

import asyncio
from typing import Any

import pytest

from llm.core.chat.request import ChatRequest, Role, message
from llm.models import Call
from llm.services.calls import run
from llm.services.runtime import call_log
from llm.simulator import Simulator

KEYS = ("djb_" + "a1B2" * 10 + "xyz", "sk-ant-api03-" + "Zz9" * 12, "AIza" + "Q7" * 18)


@pytest.mark.parametrize("key", KEYS, ids=["own", "anthropic", "google"])
def test_keys_in_a_body_are_masked_in_its_record(sim: Simulator, providers: list[str], settings: Any, key: str) -> None:
    settings.LLM = {**settings.LLM, "KEEP_CONTENT": True}
    said = (message(Role.SYSTEM, f"Use {key}."), message(Role.USER, f"My key is {key}, why does it fail?"))

    asyncio.run(run.complete(ChatRequest(messages=said, max_tokens=50)))
    call_log.flush()

    call = Call.objects.get()
    assert "My key is ***, why does it fail?" in call.prompt
    assert key not in call.prompt + call.answer
