"""The simulated vendors' signatures on what their models thought: each can tell its own from all others without
keeping any."""

import base64
import hashlib
import hmac

from llm.simulator.http.exchange import Vendor

_SECRET = b"of the simulated vendors"


def seal(vendor: Vendor, content: str) -> str:
    """The signature of `content`, as base64, which is what Anthropic's and Google's are."""
    mark = hmac.new(_SECRET, f"{vendor}\0{content}".encode(), hashlib.sha256).digest()
    return base64.b64encode(vendor.encode() + mark).decode()


def is_sealed(vendor: Vendor, content: str, signature: object) -> bool:
    """Whether this vendor gave this signature to this content."""
    return isinstance(signature, str) and hmac.compare_digest(signature.encode(), seal(vendor, content).encode())
