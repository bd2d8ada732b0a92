"""What one model of one vendor takes of a request, and whether a request is within it."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from llm.core.chat.request import ChatRequest, Document, Image


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """The bounds of one model. None: no bound is known. Lengths are characters, sizes bytes.

    `tool_name` matches names that the vendor takes. `plain_user`: e-mail addresses and telephone numbers are refused as
    `user`. `image_schemes` and `document_schemes` are those of links that it fetches itself. The pages of a document
    are not counted, since that takes reading it.
    An adapter fits names, stops, `user` and `output_tokens` to the bounds; a provider is skipped for the others.
    """

    tool_name: re.Pattern[str] | None = None
    tools: int | None = None
    user: int | None = None
    plain_user: bool = False
    stops: int | None = None
    blank_stops: bool = True
    output_tokens: int | None = None
    images: int | None = None
    image_bytes: int | None = None
    image_schemes: frozenset[str] = frozenset({"http", "https"})
    document_bytes: int | None = None
    document_schemes: frozenset[str] = frozenset({"http", "https"})
    body_bytes: int | None = None


class Misfit(NamedTuple):
    """The bound that a request is beyond: the field at fault and a sentence."""

    parameter: str
    detail: str


NO_LIMITS = RequestLimits()


def misfit(request: ChatRequest, limits: RequestLimits) -> Misfit | None:
    """Why a provider with these limits cannot be sent the request, however it is fitted; None when it can."""
    if limits.tools is not None and len(request.tools) > limits.tools:
        return Misfit("tools", f"takes at most {limits.tools} tools, not {len(request.tools)}")
    parts = [part for message in request.messages for part in message.parts]
    images = [part for part in parts if isinstance(part, Image)]
    documents = [part for part in parts if isinstance(part, Document)]
    if limits.images is not None and len(images) > limits.images:
        return Misfit("messages", f"takes at most {limits.images} images, not {len(images)}")
    for image in images:
        if (scheme := _scheme(image)) and scheme not in limits.image_schemes:
            return Misfit("messages", f"does not fetch images by {scheme} links")
        if limits.image_bytes is not None and _size(image) > limits.image_bytes:
            return Misfit("messages", f"takes images of at most {limits.image_bytes} bytes")
    for document in documents:
        if (scheme := _scheme(document)) and scheme not in limits.document_schemes:
            return Misfit("messages", f"does not fetch documents by {scheme} links")
        if limits.document_bytes is not None and _size(document) * 3 // 4 > limits.document_bytes:
            return Misfit("messages", f"takes documents of at most {limits.document_bytes} bytes")
    size = sum(map(_size, images)) + sum(map(_size, documents))
    if limits.body_bytes is not None and size > limits.body_bytes:
        return Misfit("messages", f"takes bodies of at most {limits.body_bytes} bytes")
    return None


def _scheme(part: Image | Document) -> str:
    """The scheme of a link; "" without one."""
    return part.url.partition(":")[0].lower() if part.url else ""


def _size(part: Image | Document) -> int:
    """Bytes on the wire, which are base64 text."""
    return len(part.data or "")
