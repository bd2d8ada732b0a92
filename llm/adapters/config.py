"""The configuration of one vendor account for its adapter. Plain values, read elsewhere from settings and rows."""

from dataclasses import dataclass, field
from enum import StrEnum

from llm.core.addresses.reach import PUBLIC, Reach
from llm.core.chat.request import Capability
from llm.core.routing.limits import NO_LIMITS, RequestLimits
from llm.vendors.quirks import NO_QUIRKS, Quirks

FORMS = frozenset({Capability.JSON, Capability.JSON_SCHEMA})


class GeminiBackend(StrEnum):
    """Which of Google's two SDKs carries plain calls; streams always go through google-genai."""

    GENAI = "genai"
    GENERATIVEAI = "generativeai"


class Transport(StrEnum):
    """What carries the calls to the vendor."""

    LEAN = "lean"
    """Our own connections; the vendor's SDK describes the request once."""
    SDK = "sdk"
    """The vendor's SDK, each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfig:
    """One callable vendor account.

    `kind` is a key of the registry. `base_url` is what the vendor's own SDK takes (OpenAI's with
    `/v1`, the others without); None is the vendor's own address. `max_tokens` bounds answers of
    requests that name no bound. `connect_timeout_s` bounds the TCP and TLS handshakes only. `forms`
    are those of the answer for which the vendor has a parameter; the others are asked for in words.
    Requests are fitted to `limits`. Connections to an address outside of `reach` are refused. `quirks` are a compatible
    vendor's differences from OpenAI.
    """

    name: str
    kind: str
    model: str
    api_key: str = field(repr=False)
    base_url: str | None = None
    gemini_backend: GeminiBackend = GeminiBackend.GENAI
    transport: Transport = Transport.LEAN
    max_tokens: int = 1024
    connect_timeout_s: float = 5.0
    forms: frozenset[Capability] = FORMS
    limits: RequestLimits = NO_LIMITS
    reach: Reach = PUBLIC
    quirks: Quirks = NO_QUIRKS
