"""Images as the vendors take them: a link, or base64 with its media type."""

import re
import string
from dataclasses import dataclass

from llm.adapters.transport.signals import unsupported
from llm.core.chat.request import ChatRequest, Image

DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64,(.*)", re.S | re.I)
SIGNATURES = {"iVBOR": "image/png", "/9j/": "image/jpeg", "R0lGOD": "image/gif", "UklGR": "image/webp"}
"""How the base64 of each format begins."""

BLANKS = string.whitespace + "\x1c\x1d\x1e\x1f"
"""What `str.split` takes for white space in ASCII. To look for each takes a fifth of the time of a split."""

PROPER_NAMES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineImage:
    """Base64 `data` without white space, and its `media_type`."""

    data: str
    media_type: str


def inline(image: Image) -> InlineImage | None:
    """The image's bytes when it carries them, itself or in a `data:` URL; None when it is a link.

    Raises `ProviderError` (invalid_request) for an image that is neither.
    """
    data, media_type = image.data, image.media_type
    if image.url and image.url[:5].lower() == "data:":
        found = DATA_URL.fullmatch(image.url)
        if found is None:
            raise unsupported("an image's data: URL is not base64")
        media_type, data = found[1] or media_type, found[2]
    if data:
        if not data.isascii() or any(blank in data for blank in BLANKS):
            data = "".join(data.split())
        return InlineImage(data=data, media_type=_media_type(data, media_type))
    if not image.url:
        raise unsupported("an image has neither a URL nor data")
    return None


def has_detail(request: ChatRequest) -> bool:
    """Whether an image is to be looked at otherwise than the model would by itself."""
    parts = (part for message in request.messages for part in message.parts)
    return any(isinstance(part, Image) and part.detail not in (None, "auto") for part in parts)


def media_type_of(image: Image) -> str:
    """The media type of a link, by its name's ending."""
    if image.media_type:
        return image.media_type
    ending = re.split(r"[?#]", image.url or "")[0].rsplit(".", 1)[-1].lower()
    kinds = {"png": "image/png", "gif": "image/gif", "webp": "image/webp", "heic": "image/heic"}
    return kinds.get(ending, "image/jpeg")


def _media_type(data: str, label: str | None) -> str:
    """The type that the bytes show; vendors refuse a label that contradicts them. Else the label by its proper name."""
    shown = next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), None)
    label = (label or "image/jpeg").lower()
    return shown or PROPER_NAMES.get(label, label)
