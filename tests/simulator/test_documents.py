"""PDFs at the simulated vendors: answered in each protocol, refused in each vendor's words."""

from typing import Any

import pytest

from llm.simulator import Simulator
from tests.pdfs import NO_PDF, PDF, PDF_BYTES
from tests.simulator.raw import (
    CLAUDE,
    CLAUDE_PATH,
    GEMINI,
    GEMINI_PATH,
    OPENAI,
    OPENAI_PATH,
    claude_body,
    gemini_body,
    openai_body,
    send,
)

ASK = "What does it say?"
READ = f"PDFs read, in bytes: {len(PDF_BYTES)}."


def claude(**source: Any) -> Any:
    content = [{"type": "document", "source": source, "title": "Devis"}, {"type": "text", "text": ASK}]
    return claude_body(messages=[{"role": "user", "content": content}])


def gemini(data: str, mime_type: str = "application/pdf") -> Any:
    parts = [{"inlineData": {"mimeType": mime_type, "data": data}}, {"text": ASK}]
    return gemini_body(contents=[{"role": "user", "parts": parts}])


def openai(file: Any) -> Any:
    content = [{"type": "file", "file": file}, {"type": "text", "text": ASK}]
    return openai_body(messages=[{"role": "user", "content": content}])


BASE64 = {"type": "base64", "media_type": "application/pdf"}
URL = "data:application/pdf;base64,"
VENDORS: dict[str, tuple[str, Any, Any]] = {
    "claude": (CLAUDE_PATH, CLAUDE, claude(**BASE64, data=PDF)),
    "gemini": (GEMINI_PATH, GEMINI, gemini(PDF)),
    "openai": (OPENAI_PATH, OPENAI, openai({"filename": "a.pdf", "file_data": URL + PDF})),
}


@pytest.mark.parametrize(("path", "headers", "body"), VENDORS.values(), ids=VENDORS)
def test_a_pdf_is_answered(sim: Simulator, path: str, headers: Any, body: Any) -> None:
    got = send(sim, "POST", path, body, headers)
    assert got.status == 200
    assert READ in got.text


REFUSED: dict[str, tuple[str, Any, str]] = {
    "claude, no PDF": (
        "claude",
        claude(**BASE64, data=NO_PDF),
        "messages.0.content.0.pdf.source.base64.data: The PDF specified was not valid.",
    ),
    "claude, another type": (
        "claude",
        claude(type="base64", media_type="text/plain", data=PDF),
        "messages.0.content.0.document.source.base64.media_type: Input should be 'application/pdf'",
    ),
    "claude, another source": ("claude", claude(type="tape"), "does not match any of the expected tags"),
    "claude, a plain link": ("claude", claude(type="url", url="http://a.test"), "Only HTTPS URLs are supported."),
    "gemini, no PDF": ("gemini", gemini(NO_PDF), "The document has no pages."),
    "gemini, no base64": (
        "gemini",
        gemini("%PDF"),
        "Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed",
    ),
    "openai, no PDF": (
        "openai",
        openai({"file_data": URL + NO_PDF}),
        "Invalid file data: 'messages[0].content[0].file.file_data'. Expected a base64-encoded data URL",
    ),
    "openai, base64 alone": ("openai", openai({"file_data": PDF}), "but got an invalid base64-encoded value."),
    "openai, another type": (
        "openai",
        openai({"file_data": f"data:text/markdown;base64,{NO_PDF}"}),
        "but got unsupported MIME type 'text/markdown'.",
    ),
    "openai, no file": ("openai", openai(None), "Missing required parameter: 'messages[0].content[0].file'."),
    "openai, an unknown field": (
        "openai",
        openai({"file_url": "https://a.test"}),
        "Unknown parameter: 'messages[0].content[0].file.file_url'.",
    ),
}


@pytest.mark.parametrize(("vendor", "body", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_pdf_is_refused_in_the_vendors_words(sim: Simulator, vendor: str, body: Any, words: str) -> None:
    path, headers, _ = VENDORS[vendor]
    got = send(sim, "POST", path, body, headers)
    assert got.status == 400
    assert words in got.json["error"]["message"]
