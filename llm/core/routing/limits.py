"""What one model of one vendor takes of a request, and whether a request is within it."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from llm.core.chat.request import ChatRequest, Image


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """The bounds of one model. None: no bound is known. Lengths are characters, sizes bytes.

    `tool_name` matches names that the vendor takes. `plain_user`: e-mail addresses and telephone numbers are refused as
    `user`. `image_schemes` are those of links that it fetches itself.
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
    images = [part for message in request.messages for part in message.parts if isinstance(part, Image)]
    if limits.images is not None and len(images) > limits.images:
        return Misfit("messages", f"takes at most {limits.images} images, not {len(images)}")
    size = sum(map(_size, images))
    for image in images:
        scheme = image.url.partition(":")[0].lower() if image.url else ""
        if scheme and scheme not in limits.image_schemes:
            return Misfit("messages", f"does not fetch images by {scheme} links")
        if limits.image_bytes is not None and _size(image) > limits.image_bytes:
            return Misfit("messages", f"takes images of at most {limits.image_bytes} bytes")
    if limits.body_bytes is not None and size > limits.body_bytes:
        return Misfit("messages", f"takes bodies of at most {limits.body_bytes} bytes")
    return None


def _size(image: Image) -> int:
    """Bytes of the image on the wire, which is base64 text."""
    return len(image.data or "")
