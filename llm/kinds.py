"""The kinds of provider with their labels, defaults and capabilities. Imports neither SDKs nor Django."""

import re
from dataclasses import dataclass

from llm.core.chat.request import Capability

ALL = tuple(Capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of provider. `env` prefixes its environment variables; `price_id` is the vendor in the price list.

    `address` is the vendor's own, as its SDK takes it.
    """

    label: str
    env: str
    address: str
    default_model: str
    price_id: str
    capabilities: tuple[Capability, ...] = ALL


KINDS: dict[str, Kind] = {
    "claude": Kind(
        label="Claude (Anthropic)",
        env="ANTHROPIC",
        address="https://api.anthropic.com",
        default_model="claude-sonnet-5-5",
        price_id="anthropic",
    ),
    "gemini": Kind(
        label="Gemini (Google)",
        env="GEMINI",
        address="https://generativelanguage.googleapis.com",
        default_model="gemini-3.8-flash",
        price_id="google",
    ),
    "openai": Kind(
        label="OpenAI (compatible)",
        env="OPENAI",
        address="https://api.openai.com/v1",
        default_model="gpt-6.1-terra",
        price_id="openai",
    ),
}
"""All kinds by name."""

OPENAI_MODELS = re.compile(r"(?:gpt-(?!oss)|chatgpt-|o\d)")
"""OpenAI's own models; other vendors that speak its protocol have bounds and capabilities of their own."""
WITHOUT_DOCUMENTS = re.compile(r"gpt-3\.5|gpt-4(?:-|$)|o1-(?:mini|preview)|o3-mini")
"""OpenAI's models without vision, which PDFs need: https://developers.openai.com/api/docs/guides/file-inputs."""


def is_compatible(kind: str, model: str) -> bool:
    """Whether `model` is another vendor's that speaks OpenAI's protocol."""
    return kind == "openai" and not OPENAI_MODELS.match(_name(model))


def capabilities_of(kind: str, model: str) -> tuple[Capability, ...]:
    """What `model` can do where no operator says it. Few compatible vendors take OpenAI's `file` parts."""
    capabilities = KINDS[kind].capabilities
    if is_compatible(kind, model) or (kind == "openai" and WITHOUT_DOCUMENTS.match(_name(model))):
        return tuple(capability for capability in capabilities if capability is not Capability.DOCUMENTS)
    return capabilities


def _name(model: str) -> str:
    """The model's name without the vendor that some resellers set before it."""
    return model.rsplit("/", 1)[-1].lower()


def kind_choices() -> list[tuple[str, str]]:
    """The choices of a Django field. A callable, so that a new kind needs no migration."""
    return [(name, kind.label) for name, kind in KINDS.items()]
