"""Parts are counted like messages, before any of them is read; the refusal names where they become too many."""

from typing import Any

import pytest

from llm.api.anthropic.request import read_messages_call
from llm.api.chat.base64_text import compact
from llm.api.chat.parts import MAX_PARTS
from llm.api.openai.request import read_chat
from web.errors import ApiError

TEXT = {"type": "text", "text": "x"}
BAD = {"type": "text", "text": 5}
"""Would be refused by its own name, if it were read."""


def _refused(read: Any, **fields: Any) -> tuple[int, str | None]:
    with pytest.raises(ApiError) as caught:
        read({"model": "default", "max_tokens": 9, **fields})
    return caught.value.status, caught.value.param


def _user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def test_openai_s_parts_are_counted_over_all_messages() -> None:
    half = [TEXT] * (MAX_PARTS // 2)
    assert read_chat({"model": "default", "messages": [_user(*half), _user(*half)]})
    assert _refused(read_chat, messages=[_user(*half), _user(*half), _user(BAD)]) == (400, "messages[2].content")
    calls = {"role": "assistant", "content": None, "tool_calls": [5] * (MAX_PARTS + 1)}
    assert _refused(read_chat, messages=[_user(BAD), calls]) == (400, "messages[1].tool_calls")


def test_anthropic_s_blocks_are_counted_with_those_inside_of_them() -> None:
    many = [TEXT] * (MAX_PARTS // 2)
    result = {"type": "tool_result", "tool_use_id": "a", "content": many}
    document = {"type": "document", "source": {"type": "content", "content": many}}
    assert read_messages_call({"model": "default", "max_tokens": 9, "messages": [_user(*many), _user(*many[1:])]})
    for inner in (result, document):
        found = _refused(read_messages_call, messages=[_user(BAD), _user(*many), _user(inner)])
        assert found == (400, "messages.2.content")
    assert _refused(read_messages_call, system=[*many, *many, BAD], messages=[_user(TEXT)]) == (400, "system")


@pytest.mark.parametrize(
    ("text", "data"),
    [("QUJD", "QUJD"), ("QU\nJD \t", "QUJD"), ("QQ==", "QQ=="), ("", None), (" ", None), ("Q=Q", None), ("QÜ", None),
     ("Q\u00a0", None), ("QUJD-_", None)],
)  # fmt: skip
def test_base64_is_what_its_alphabet_says(text: str, data: str | None) -> None:
    assert compact(text) == data
