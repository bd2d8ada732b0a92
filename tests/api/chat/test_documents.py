"""Files by their bytes: PDFs, texts, and what is neither."""

import base64

import pytest

from llm.api.chat.documents import read_file, told
from llm.core.chat.request import Document, Text
from tests.pdfs import NO_PDF, PDF, PDF_BYTES, base64_of
from web.errors import ApiError

LATE_HEADER = base64.b64encode(b"\xef\xbb\xbf\r\n " + PDF_BYTES).decode()


@pytest.mark.parametrize("media_type", ["application/pdf", "text/plain", "application/octet-stream", ""])
@pytest.mark.parametrize("data", [PDF, LATE_HEADER])
def test_a_pdf_is_one_by_its_bytes_whatever_its_label(data: str, media_type: str) -> None:
    assert read_file(data, media_type, "a.pdf", "x") == Document(data=data, name="a.pdf")


def test_white_space_within_base64_is_left_out() -> None:
    assert read_file(f" {PDF[:8]}\n{PDF[8:]}\r\n", "application/pdf", "", "x") == Document(data=PDF)


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/csv", "application/json", "text/html"])
def test_text_is_told_as_text_its_name_first(media_type: str) -> None:
    part = read_file(base64_of("Prix : 5 000 F à Akwa"), media_type, "prix.txt", "x")
    assert part == Text(text='<document title="prix.txt">\nPrix : 5 000 F à Akwa\n</document>\n')


@pytest.mark.parametrize("media_type", ["application/vnd.ms-excel", "image/png", "application/octet-stream", ""])
def test_a_file_of_another_kind_is_none(media_type: str) -> None:
    assert read_file(NO_PDF, media_type, "a", "x") is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (NO_PDF, "application/pdf"),
        ("", "application/pdf"),
        ("not base64!", "application/pdf"),
        (PDF[:-3], "application/pdf"),
        (base64.b64encode(b"\xff\xfe\x00").decode(), "text/plain"),
    ],
)
def test_what_is_not_what_it_says_is_named(data: str, media_type: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_file(data, media_type, "a", "the.field")
    assert (caught.value.status, caught.value.param) == (400, "the.field")


def test_a_document_has_its_title_in_quotes_or_none() -> None:
    assert told('The "best"', "x").startswith("<document title=\"The 'best'\">\n")
    assert told("", "x") == "<document>\nx\n</document>\n"
