"""Blocks of Anthropic's own tools in a dialogue: told as text in history, named in the user's last turn."""

from typing import Any

import pytest

from llm.core.chat.request import Part, Text, ToolResult
from tests.api.anthropic.reading import read, refusal

GO_ON = {"role": "user", "content": "Go on."}
CALL = {"type": "tool_use", "id": "t1", "name": "find_tools", "input": {}}
SEARCH_RESULT = {
    "type": "search_result",
    "source": "https://a.test",
    "title": "Prices",
    "content": [{"type": "text", "text": "A plumber costs 5,000 F."}],
    "citations": {"enabled": False},
}
SEARCH_RESULT_TOLD = '<document title="Prices, https://a.test">\nA plumber costs 5,000 F.\n</document>\n'

OF_THE_ASSISTANT: dict[str, dict[str, Any]] = {
    "server_tool_use": {"id": "s1", "name": "web_search", "input": {"query": "plumbers"}},
    "web_search_tool_result": {"tool_use_id": "s1", "content": [{"type": "web_search_result", "title": "Plumbers"}]},
    "web_fetch_tool_result": {"tool_use_id": "s1", "content": {"type": "web_fetch_result", "url": "https://a.test"}},
    "mcp_tool_use": {"id": "m1", "name": "echo", "server_name": "tools", "input": {}},
    "mcp_tool_result": {"tool_use_id": "m1", "is_error": False, "content": [{"type": "text", "text": "hello"}]},
    "code_execution_tool_result": {"tool_use_id": "s1", "content": {"stdout": "42", "return_code": 0}},
    "bash_code_execution_tool_result": {"tool_use_id": "s1", "content": {"stdout": "42", "return_code": 0}},
    "text_editor_code_execution_tool_result": {"tool_use_id": "s1", "content": {"file_type": "text"}},
    "tool_search_tool_result": {"tool_use_id": "s1", "content": {"tool_references": [{"tool_name": "weather"}]}},
    "container_upload": {"file_id": "file_1"},
    "compaction": {"content": "The user asked for a plumber.", "encrypted_content": "x"},
    "tool_reference": {"tool_name": "weather"},
    "search_result": {"title": "Prices", "source": "https://a.test", "content": []},
    "something_of_next_year": {"wheels": [1, {"colour": "red"}]},
}


def last_text(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))


@pytest.mark.parametrize("kind", sorted(set(OF_THE_ASSISTANT) - {"search_result"}))
def test_what_an_assistant_did_with_its_vendors_tools_is_told(kind: str) -> None:
    block = {"type": kind, **OF_THE_ASSISTANT[kind]}
    said = [{"type": "text", "text": "I look."}, block, {"type": "text", "text": "Done."}]
    request = read(messages=[GO_ON, {"role": "assistant", "content": said}, GO_ON]).request
    text = last_text(request.messages[1].parts)
    assert text.startswith("I look.\n[" + kind)
    assert text.endswith("]\nDone.")
    assert request.unserved == (kind,)


@pytest.mark.parametrize("kind", sorted(OF_THE_ASSISTANT))
def test_what_an_earlier_turn_of_the_user_showed_is_told(kind: str) -> None:
    shown = {"role": "user", "content": [{"type": kind, **OF_THE_ASSISTANT[kind]}]}
    request = read(messages=[shown, {"role": "assistant", "content": "Fine."}, GO_ON]).request
    assert last_text(request.messages[0].parts).strip()
    assert request.unserved == (kind,)


def test_files_kept_at_the_vendor_are_told_by_their_name_in_history() -> None:
    source = {"type": "file", "file_id": "file_1"}
    shown = [
        {"type": "document", "source": source, "title": "Devis"},
        {"type": "image", "source": source},
        {"type": "text", "text": "What is this?"},
    ]
    talk = [{"role": "user", "content": shown}, {"role": "assistant", "content": "A devis."}, GO_ON]
    request = read(messages=talk).request
    assert last_text(request.messages[0].parts) == "\n[document Devis]\n\n[image]\nWhat is this?"
    assert request.unserved == ("document", "image")
    error = refusal(messages=talk[:1])
    assert (error.status, error.param) == (400, "messages.0.content.0.source.type")


@pytest.mark.parametrize("before", [[], [GO_ON, {"role": "assistant", "content": "Fine."}]])
@pytest.mark.parametrize("kind", ["container_upload", "server_tool_use", "something_of_next_year"])
def test_what_the_user_shows_now_and_nobody_can_see_is_refused_by_name(kind: str, before: list[Any]) -> None:
    shown = {"role": "user", "content": [{"type": "text", "text": "?"}, {"type": kind, **OF_THE_ASSISTANT[kind]}]}
    error = refusal(messages=[*before, shown])
    assert (error.status, error.param) == (400, f"messages.{len(before)}.content.1.type")
    assert kind in error.message


def test_the_users_last_turn_may_have_several_messages() -> None:
    shown = {"role": "user", "content": [{"type": "container_upload", "file_id": "file_1"}]}
    assert refusal(messages=[shown, GO_ON]).param == "messages.0.content.0.type"


def test_text_that_the_user_shows_now_is_told_whole() -> None:
    long = {"type": "new_kind", "content": [{"type": "text", "text": "word " * 5_000}]}
    request = read(messages=[{"role": "user", "content": [SEARCH_RESULT, long]}]).request
    text = last_text(request.messages[0].parts)
    assert text.startswith(SEARCH_RESULT_TOLD)
    assert text.count("word") == 5_000
    assert request.unserved == ("new_kind", "search_result")


def test_a_tools_result_may_hold_references_and_search_results() -> None:
    content = [{"type": "tool_reference", "tool_name": "weather"}, SEARCH_RESULT]
    result = {"type": "tool_result", "tool_use_id": "t1", "content": content}
    called = [GO_ON, {"role": "assistant", "content": [CALL]}, {"role": "user", "content": [result]}]
    request = read(messages=called).request
    (part,) = request.messages[-1].parts
    assert isinstance(part, ToolResult)
    assert part.content == f"\n[tool_reference weather]\n{SEARCH_RESULT_TOLD}"
    assert request.unserved == ("search_result", "tool_reference")


def test_a_search_result_is_told_as_a_document_whoever_shows_it() -> None:
    said = {"role": "assistant", "content": [SEARCH_RESULT]}
    request = read(messages=[GO_ON, said, GO_ON]).request
    assert last_text(request.messages[1].parts) == SEARCH_RESULT_TOLD
    picture = {"type": "image", "source": {"type": "url", "url": "https://a.test/a.png"}}
    shown = {**SEARCH_RESULT, "content": [picture]}
    assert refusal(messages=[{"role": "user", "content": [shown]}]).param == "messages.0.content.0.content"


def test_a_block_that_says_nothing_still_stands_in_its_turn() -> None:
    said = {"role": "assistant", "content": [{"type": "fallback", "text": ""}]}
    assert last_text(read(messages=[GO_ON, said, GO_ON]).request.messages[1].parts) == "\n[fallback]\n"


def test_an_unknown_kind_cannot_write_a_header() -> None:
    said = {"role": "assistant", "content": [{"type": "x\r\nSet-Cookie: a=b", "text": "Hi"}]}
    assert read(messages=[GO_ON, said, GO_ON]).request.unserved == ("x__Set-Cookie__a_b",)


@pytest.mark.parametrize("block", [{"type": "new"}, {"type": "container_upload", "file_id": "f"}])
def test_the_system_prompt_holds_text_alone(block: Any) -> None:
    assert refusal(system=[block]).param == "system.0.type"
