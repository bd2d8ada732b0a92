"""Content that no vendor is sent, as text: what is told of it, and where it may stand."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.api.chat.unserved import LONGEST, label, last_turn, says_something, told

ENCRYPTED = "EqgfCioIARgBIiQ3YTAwMjY1Mi1mZjM5LTQ1NGUtODgxNC1kNjNjNTk1ZWI3Y" * 9


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        ([], 0),
        (["user"], 0),
        (["system", "user"], 0),
        (["user", "assistant", "user"], 2),
        (["user", "assistant", "tool", "tool", "user"], 2),
        (["user", "assistant"], 0),
        (["user", "assistant", "user", "assistant"], 2),
        (["assistant"], 0),
        ([None, "assistant", ["x"]], 2),
    ],
)
def test_the_users_last_turn_is_all_since_the_assistant_spoke(roles: list[object], place: int) -> None:
    assert last_turn(roles) == place


TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "a search": (
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "prix à Akwa"}},
        '[server_tool_use web_search: {"query": "prix à Akwa"}]',
    ),
    "its results": (
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {"type": "web_search_result", "url": "https://a.test", "title": "A", "encrypted_content": ENCRYPTED}
            ],
        },
        "[web_search_tool_result: https://a.test; A]",
    ),
    "an error": (
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s",
            "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"},
        },
        "[web_search_tool_result: max_uses_exceeded]",
    ),
    "a fetched PDF": (
        {
            "type": "web_fetch_tool_result",
            "content": {
                "type": "web_fetch_result",
                "url": "https://a.test/x.pdf",
                "content": {"type": "document", "title": "X", "source": {"type": "base64", "data": "JVBERi0xLjQ="}},
            },
        },
        "[web_fetch_tool_result: https://a.test/x.pdf; X]",
    ),
    "a call of a server": (
        {"type": "mcp_tool_use", "id": "m", "name": "echo", "server_name": "tools", "input": {}},
        "[mcp_tool_use tools echo]",
    ),
    "its answer": (
        {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False, "content": [{"type": "text", "text": "Hi"}]},
        "[mcp_tool_result: Hi]",
    ),
    "code": (
        {
            "type": "code_execution_tool_result",
            "content": {
                "type": "code_execution_result",
                "stdout": "42\n",
                "stderr": "",
                "return_code": 0,
                "content": [],
            },
        },
        "[code_execution_tool_result: 42]",
    ),
    "a tool found": ({"type": "tool_reference", "tool_name": "weather"}, "[tool_reference weather]"),
    "a file for a container": ({"type": "container_upload", "file_id": "file_1"}, "[container_upload]"),
    "sound": ({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}, "[input_audio: wav]"),
    "a picture": ({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}, "[image_url]"),
    "a text without blanks": ({"type": "new", "content": "水管漏水了" * 100}, f"[new: {'水管漏水了' * 100}]"),
    "plain text": ({"type": "input_text", "text": "Hello"}, "Hello"),
}


@pytest.mark.parametrize(("block", "text"), TOLD.values(), ids=TOLD)
def test_a_block_is_told_by_kind_name_and_what_it_says(block: dict[str, Any], text: str) -> None:
    assert told(block).strip() == text


def test_a_long_piece_is_cut_in_history_and_whole_elsewhere() -> None:
    block = {"type": "mcp_tool_result", "content": "word " * LONGEST}
    assert len(told(block)) < LONGEST + 10
    assert len(told(block, None)) > 4 * LONGEST


@pytest.mark.parametrize(
    ("block", "speaks"),
    [
        ({"type": "search_result", "title": "A", "content": [{"type": "text", "text": "x"}]}, True),
        ({"type": "x", "content": "x"}, True),
        ({"type": "x", "text": "x"}, True),
        ({"type": "x", "content": {"content": [{"text": "x"}]}}, True),
        ({"type": "x", "text": " "}, False),
        ({"type": "x", "content": "水管漏水了" * 100}, True),
        ({"type": "x", "content": ENCRYPTED}, False),
        ({"type": "x", "title": "A", "url": "https://a.test"}, False),
        ({"type": "container_upload", "file_id": "f"}, False),
        ({"type": "video", "source": {"data": "AAAA"}, "title": "A"}, False),
    ],
)
def test_text_is_what_a_block_says_and_not_what_is_said_of_it(block: dict[str, Any], speaks: bool) -> None:
    assert says_something(block) is speaks


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text() | st.sampled_from(["input", "name", "content", "text", "source"]), values))
def test_any_block_can_be_told(block: dict[str, Any]) -> None:
    block["type"] = "new_kind"
    assert "new_kind" in told(block) or told(block) == block["text"]
    assert says_something(block) in (True, False)


def test_a_block_of_any_depth_can_be_told() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"content": [deep]}
    assert told({"type": "new", "content": deep, "input": deep}).startswith("\n[new: ")
    assert not says_something({"type": "new", "content": deep, "text": " "})


@given(st.text())
def test_a_kind_is_named_as_a_header_can_hold_it(kind: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{0,40}", label(kind))
