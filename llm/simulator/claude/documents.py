"""Anthropic's rules for `document` blocks.

Words: https://github.com/anthropics/claude-code/issues/5174 (no PDF), and of links as for images.
"""

from llm.simulator.claude.errors import invalid
from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.model.documents import decoded, is_pdf
from llm.simulator.model.pictures import colour

_SOURCES = ("base64", "text", "content", "url", "file")


def check_document(block: Json, at: str) -> None:
    """Raises InvalidRequest for a source that is none, and for base64 that is no PDF."""
    source = block.get("source")
    if not isinstance(source, dict):
        raise InvalidRequest(invalid(f"{at}.document.source: Field required"))
    kind = source.get("type")
    if kind not in _SOURCES:
        tags = ", ".join(f"'{tag}'" for tag in _SOURCES)
        text = f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}"
        raise InvalidRequest(invalid(f"{at}.document.source: {text}"))
    if not isinstance(block.get("title", ""), str):
        raise InvalidRequest(invalid(f"{at}.document.title: Input should be a valid string"))
    if kind == "base64":
        if source.get("media_type") != "application/pdf":
            raise InvalidRequest(invalid(f"{at}.document.source.base64.media_type: Input should be 'application/pdf'"))
        if not is_pdf(decoded(source.get("data")) or b""):
            raise InvalidRequest(invalid(f"{at}.pdf.source.base64.data: The PDF specified was not valid."))
    if kind == "url" and not str(source.get("url")).startswith("https://"):
        raise InvalidRequest(invalid(f"{at}.document.source.url: Only HTTPS URLs are supported."))


def pdf_size(block: Json) -> int:
    """The bytes of the block's PDF; 0 for any other block."""
    if block.get("type") != "document" or block["source"]["type"] != "base64":
        return 0
    return len(decoded(block["source"]["data"]) or b"")


def colour_of(block: Json) -> str:
    """The colour of the block's picture; "" for any other block."""
    source = block.get("source")
    if block.get("type") != "image" or not isinstance(source, dict) or source.get("type") != "base64":
        return ""
    return colour(decoded(source.get("data")))
