"""Google's rules for inline data: base64 of whatever its type says, and PDFs that have pages.

Words: https://github.com/google-gemini/gemini-cli/issues/13808.
"""

from collections.abc import Iterator

from llm.simulator.gemini.errors import dotted, invalid
from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.model.documents import decoded, is_pdf
from llm.simulator.model.pictures import colour
from llm.simulator.shape import Path

_PDF = "application/pdf"


def check_inline(part: Json, at: Path) -> None:
    """Raises InvalidRequest for inline data that is no base64, or no PDF although its type says so."""
    blob = part.get("inlineData")
    if not blob:
        return
    content = decoded(blob.get("data"))
    if content is None:
        place = f"{dotted(at)}.inline_data.data"
        raise InvalidRequest(invalid(f"Invalid value at '{place}' (TYPE_BYTES), Base64 decoding failed"))
    if _type(blob) == _PDF and not is_pdf(content):
        raise InvalidRequest(invalid("The document has no pages."))


def pdf_sizes(turn: Json) -> Iterator[int]:
    """The bytes of each PDF in the turn."""
    for part in turn["parts"]:
        blob = part.get("inlineData")
        if blob and _type(blob) == _PDF:
            yield len(decoded(blob.get("data")) or b"")


def colours(turn: Json) -> Iterator[str]:
    """The colour of each picture in the turn."""
    for part in turn["parts"]:
        blob = part.get("inlineData")
        if blob and str(_type(blob)).startswith("image/"):
            yield colour(decoded(blob.get("data")))


def _type(blob: Json) -> object:
    return blob.get("mimeType") or blob.get("mime_type")
