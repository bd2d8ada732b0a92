"""Anthropic's documents: each kind of source, as the gateway reads it."""

from typing import Any

import pytest

from llm.core.chat.request import Document, Image, Part, Role, Text, ToolResult
from tests.api.anthropic.reading import read, refusal
from tests.pdfs import NO_PDF, PDF, base64_of

PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": PDF}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}}
CALL = {
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "t1", "name": "fetch", "input": {"of": "Akwa"}}],
}


def document(source: Any, **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **more}


def parts(*blocks: Any) -> tuple[Part, ...]:
    return read(messages=[{"role": "user", "content": list(blocks)}]).request.messages[-1].parts


def refused(block: Any) -> str | None:
    error = refusal(messages=[{"role": "user", "content": [block]}])
    assert error.status == 400
    return error.param


SOURCES: dict[str, tuple[Any, tuple[Part, ...]]] = {
    "a PDF": (document(PDF_SOURCE, title="Devis"), (Document(data=PDF, name="Devis"),)),
    "a PDF without a title": (document(PDF_SOURCE), (Document(data=PDF),)),
    "a PDF of another label": (document({**PDF_SOURCE, "media_type": "text/plain"}), (Document(data=PDF),)),
    "a link": (
        document({"type": "url", "url": "https://a.test/x.pdf"}, title="X"),
        (Document(url="https://a.test/x.pdf", name="X"),),
    ),
    "text": (
        document({"type": "text", "media_type": "text/plain", "data": "5 000 F"}, title="Prix"),
        (Text(text='<document title="Prix">\n5 000 F\n</document>\n'),),
    ),
    "text in base64": (
        document({"type": "base64", "media_type": "text/plain", "data": base64_of("5 000 F")}),
        (Text(text="<document>\n5 000 F\n</document>\n"),),
    ),
    "text as content": (
        document({"type": "content", "content": "5 000 F"}, title="Prix"),
        (Text(text='<document title="Prix">\n'), Text(text="5 000 F"), Text(text="\n</document>\n")),
    ),
    "blocks": (
        document({"type": "content", "content": [{"type": "text", "text": "5 000 F"}, PNG]}),
        (
            Text(text="<document>\n"),
            Text(text="5 000 F"),
            Image(media_type="image/png", data="iVBORw0="),
            Text(text="\n</document>\n"),
        ),
    ),
}


@pytest.mark.parametrize(("block", "found"), SOURCES.values(), ids=SOURCES)
def test_each_source_is_read(block: Any, found: tuple[Part, ...]) -> None:
    assert parts(block) == found


REFUSED: dict[str, tuple[Any, str]] = {
    "no source": (document(None), "source"),
    "an uploaded file": (document({"type": "file", "file_id": "file_1"}), "source.type"),
    "an unknown source": (document({"type": "tape"}), "source.type"),
    "no PDF": (document({**PDF_SOURCE, "data": NO_PDF}), "source.data"),
    "no base64": (document({**PDF_SOURCE, "data": "%PDF-1.4"}), "source.data"),
    "no data": (document({"type": "base64", "media_type": "application/pdf"}), "source.data"),
    "no media type": (document({"type": "base64", "data": PDF}), "source.media_type"),
    "another kind of file": (
        document({"type": "base64", "media_type": "application/msword", "data": NO_PDF}),
        "source.media_type",
    ),
    "no address": (document({"type": "url", "url": "file:///etc/passwd"}), "source.url"),
    "text that is none": (document({"type": "text", "media_type": "text/plain", "data": 5}), "source.data"),
    "a title that is none": (document(PDF_SOURCE, title=5), "title"),
    "a long title": (document(PDF_SOURCE, title="x" * 501), "title"),
}


@pytest.mark.parametrize(("block", "place"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_with_a_document_is_named(block: Any, place: str) -> None:
    assert refused(block) == f"messages.0.content.0.{place}"


def test_what_no_other_vendor_has_is_dropped_by_name() -> None:
    block = document(PDF_SOURCE, context="From the client.", citations={"enabled": True}, cache_control={"type": "x"})
    given = {"messages": [{"role": "user", "content": [block]}]}
    assert read(**given).request.unserved == ("cache_control", "citations", "context")
    quiet = document(PDF_SOURCE, context=None, citations={"enabled": False})
    assert read(messages=[{"role": "user", "content": [quiet]}]).request.unserved == ()


def test_a_tools_result_may_hold_documents_of_both_kinds() -> None:
    content = [
        {"type": "text", "text": "Found. "},
        document(PDF_SOURCE, title="Devis"),
        document({"type": "text", "media_type": "text/plain", "data": "5 000 F"}),
        document(PDF_SOURCE),
    ]
    result = {"type": "tool_result", "tool_use_id": "t1", "content": content}
    last = read(messages=[{"role": "user", "content": "?"}, CALL, {"role": "user", "content": [result]}]).request
    text = "Found. [document Devis]<document>\n5 000 F\n</document>\n[document]"
    assert last.messages[-1].role is Role.USER
    assert last.messages[-1].parts == (
        ToolResult(call_id="t1", name="fetch", content=text),
        Document(data=PDF, name="Devis"),
        Document(data=PDF),
    )


def test_the_text_of_documents_counts_towards_the_limit_of_text() -> None:
    half = document({"type": "text", "media_type": "text/plain", "data": "x" * 1_000_001})
    assert refusal(messages=[{"role": "user", "content": [half, half]}]).status == 413
    plain = document({"type": "base64", "media_type": "text/plain", "data": base64_of("x" * 1_000_001)})
    assert refusal(messages=[{"role": "user", "content": [plain, plain]}]).status == 413
