"""PDFs as the simulated models see them: whether the bytes are one, and how many there are of them."""

import base64
import binascii

TOKENS_PER_PDF = 1500
"""One page, as Anthropic counts at least."""


def decoded(data: object) -> bytes | None:
    """The bytes of base64; None for what is none."""
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-")
