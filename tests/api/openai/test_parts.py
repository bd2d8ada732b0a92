"""OpenAI's content parts: files, and parts that no vendor here is sent, now and in history."""

from typing import Any

import pytest

from llm.core.chat.request import Document, Part, Text, ToolCall, ToolResult
from tests.api.reading import read, refusal
from tests.pdfs import NO_PDF, PDF, base64_of

PDF_URL = f"data:application/pdf;base64,{PDF}"
AUDIO = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
UPLOADED = {"type": "file", "file": {"file_id": "file-1", "filename": "devis.pdf"}}
SHEET = {
    "type": "file",
    "file": {"filename": "a.xls", "file_data": f"data:application/vnd.ms-excel;base64,{NO_PDF}"},
}
GO_ON = {"role": "user", "content": "Go on."}
FINE = {"role": "assistant", "content": "Fine."}


def file(**given: Any) -> dict[str, Any]:
    return {"type": "file", "file": given}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


FILES: dict[str, tuple[Any, Part]] = {
    "a PDF": (file(filename="devis.pdf", file_data=PDF_URL), Document(data=PDF, name="devis.pdf")),
    "a PDF without a name": (file(file_data=PDF_URL), Document(data=PDF)),
    "base64 alone": (file(filename="a.pdf", file_data=PDF), Document(data=PDF, name="a.pdf")),
    "a PDF of another label": (
        file(filename="a.pdf", file_data=f"data:application/octet-stream;base64,{PDF}"),
        Document(data=PDF, name="a.pdf"),
    ),
    "parameters of the type": (
        file(file_data=f"data:Application/PDF;name=a.pdf;base64,{PDF}"),
        Document(data=PDF),
    ),
    "text": (
        file(filename="prix.csv", file_data=f"data:text/csv;charset=utf-8;base64,{base64_of('plombier,5000')}"),
        Text(text='<document title="prix.csv">\nplombier,5000\n</document>\n'),
    ),
}


@pytest.mark.parametrize(("given", "part"), FILES.values(), ids=FILES)
def test_each_form_of_a_file_is_read(given: Any, part: Part) -> None:
    assert read(messages=[user(given)]).request.messages[0].parts == (part,)


REFUSED: dict[str, tuple[Any, str]] = {
    "an uploaded file": (UPLOADED, "file.file_id"),
    "nothing": (file(filename="a.pdf"), "file.file_data"),
    "no object": ({"type": "file", "file": "a.pdf"}, "file"),
    "no string": (file(file_data=5), "file.file_data"),
    "a name that is none": (file(file_data=PDF_URL, filename=5), "file.filename"),
    "no PDF": (file(file_data=f"data:application/pdf;base64,{NO_PDF}"), "file.file_data"),
    "no base64": (file(file_data="data:application/pdf,%PDF-1.4"), "file.file_data"),
    "a link": (file(file_data="https://a.test/x.pdf"), "file.file_data"),
    "another kind of file": (SHEET, "file.file_data"),
    "sound": (AUDIO, "type"),
    "a part of next year": ({"type": "hologram", "hologram": {"url": "https://a.test"}}, "type"),
}


@pytest.mark.parametrize("before", [[], [GO_ON, FINE]])
@pytest.mark.parametrize(("part", "place"), REFUSED.values(), ids=REFUSED)
def test_what_the_user_shows_now_and_nobody_can_see_is_named(part: Any, place: str, before: list[Any]) -> None:
    error = refusal(messages=[*before, user({"type": "text", "text": "?"}, part)])
    assert (error.status, error.param) == (400, f"messages[{len(before)}].content[1].{place}")


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_systems_words_are_text_alone(role: str) -> None:
    given = [{"role": role, "content": [file(file_data=PDF_URL)]}, GO_ON, FINE, GO_ON]
    assert refusal(messages=given).param == "messages[0].content[0].type"


IN_HISTORY: dict[str, tuple[dict[str, Any], str, str]] = {
    "sound": (user(AUDIO), "\n[input_audio: wav]\n", "input_audio"),
    "an uploaded file": (user(UPLOADED), "\n[file devis.pdf]\n", "file"),
    "another kind of file": (user(SHEET), "\n[file a.xls]\n", "file"),
    "a part of next year": (
        user({"type": "hologram", "hologram": {"url": "https://a.test"}}),
        "\n[hologram: https://a.test]\n",
        "hologram",
    ),
    "the assistant's picture": (
        {"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "https://a.test/a.png"}}]},
        "\n[image_url: https://a.test/a.png]\n",
        "image_url",
    ),
    "the assistant's voice": (
        {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
        "\n[audio]\n",
        "audio",
    ),
    "text of another protocol": (user({"type": "input_text", "text": "Hello"}), "Hello", "input_text"),
}


@pytest.mark.parametrize(("message", "text", "kind"), IN_HISTORY.values(), ids=IN_HISTORY)
def test_an_old_dialogue_goes_on_without_what_nobody_can_see(message: dict[str, Any], text: str, kind: str) -> None:
    request = read(messages=[GO_ON, message, FINE, GO_ON]).request
    assert request.messages[1].text == text
    assert request.unserved == (kind,)


def test_a_refusal_is_text_and_nothing_is_dropped_for_it() -> None:
    said = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    request = read(messages=[GO_ON, said, GO_ON]).request
    assert (request.messages[1].text, request.unserved) == ("No.", ())


def test_text_of_another_protocol_is_taken_now_as_well() -> None:
    request = read(messages=[user({"type": "input_text", "text": "Hello"})]).request
    assert (request.messages[0].text, request.unserved) == ("Hello", ("input_text",))


def test_a_call_of_a_custom_tool_becomes_one_of_a_function() -> None:
    call = {"id": "c1", "type": "custom", "custom": {"name": "shell", "input": 'ls "a"'}}
    talk = [
        GO_ON,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": [{"type": "image_url", "image_url": {"url": "https://a.test"}}],
        },
        FINE,
        GO_ON,
    ]
    messages = read(messages=talk).request.messages
    assert messages[1].parts == (ToolCall(id="c1", name="shell", arguments='{"input": "ls \\"a\\""}'),)
    assert messages[2].parts == (ToolResult(call_id="c1", name="shell", content="\n[image_url: https://a.test]\n"),)
    assert refusal(messages=talk[:3]).param == "messages[2].content[0].type"


def test_a_breakpoint_of_the_cache_is_dropped_by_name() -> None:
    given = {"type": "text", "text": "Hello", "prompt_cache_breakpoint": {"mode": "explicit"}}
    assert read(messages=[user(given)]).request.unserved == ("prompt_cache_breakpoint",)
