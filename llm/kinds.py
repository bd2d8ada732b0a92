"""The kinds of provider with their labels, defaults and capabilities. Imports neither SDKs nor Django."""

from dataclasses import dataclass

from llm.core.chat.request import Capability

ALL = tuple(Capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of provider. `env` prefixes its environment variables; `price_id` is the vendor in the price list."""

    label: str
    env: str
    default_model: str
    price_id: str
    capabilities: tuple[Capability, ...] = ALL


KINDS: dict[str, Kind] = {
    "claude": Kind(
        label="Claude (Anthropic)",
        env="ANTHROPIC",
        default_model="claude-sonnet-5-5",
        price_id="anthropic",
    ),
    "gemini": Kind(
        label="Gemini (Google)",
        env="GEMINI",
        default_model="gemini-3.8-flash",
        price_id="google",
    ),
    "openai": Kind(
        label="OpenAI, or a vendor that speaks its protocol",
        env="OPENAI",
        default_model="gpt-6.1-terra",
        price_id="openai",
    ),
}
"""All kinds by name."""


def kind_choices() -> list[tuple[str, str]]:
    """The choices of a Django field. A callable, so that a new kind needs no migration."""
    return [(name, kind.label) for name, kind in KINDS.items()]
