"""Documents that a caller sends: PDFs go to the vendors as they are, texts are told as text."""

import base64
import binascii
import re

from llm.api.chat.fields import bad
from llm.core.chat.request import Document, Text

PDF = "application/pdf"
PDF_START = b"%PDF-"
TEXT_TYPES = re.compile(r"text/[\w.+-]+|application/(?:[\w.-]+\+)?(?:json|xml|yaml|x-yaml|javascript|x-ndjson)")
LONGEST_NAME = 500
"""Characters: Anthropic's bound on a document's title."""


def read_file(data: str, media_type: str, name: str, path: str) -> Document | Text | None:
    """The file in base64 `data`: a PDF by its bytes, or text by its media type; None for any other kind.

    Raises ApiError 400 that names `path` for what is not base64, no PDF in spite of its label, or not UTF-8.
    """
    data = "".join(data.split())
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad(path, "Must be a string of base64.") from error
    if content[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(PDF_START):
        return Document(data=data, name=name)
    if media_type == PDF:
        raise bad(path, "Is no PDF: its bytes do not begin with %PDF-.")
    if not TEXT_TYPES.fullmatch(media_type):
        return None
    try:
        return Text(text=told(name, content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise bad(path, "Is no text in UTF-8.") from error


def told(name: str, text: str) -> str:
    """A document of text as a model reads it, its name first."""
    return f"{opening(name)}{text}{CLOSING}"


def opening(name: str) -> str:
    """What stands before the text of a document."""
    title = name.replace('"', "'")
    return f'<document title="{title}">\n' if name else "<document>\n"


CLOSING = "\n</document>\n"
