"""The kinds of provider, as configuration knows them: names, defaults, capabilities. No SDK, no Django."""

from dataclasses import dataclass

from llm.core.chat.request import Capability

ALL = tuple(Capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`env` is the prefix of its environment variables; `price_id` the price list's name for the vendor."""

    label: str
    env: str
    default_model: str
    price_id: str
    context_window: int
    capabilities: tuple[Capability, ...] = ALL


KINDS: dict[str, Kind] = {
    "claude": Kind(
        label="Claude (Anthropic)",
        env="ANTHROPIC",
        default_model="claude-sonnet-5-5",
        price_id="anthropic",
        context_window=200_000,
    ),
    "gemini": Kind(
        label="Gemini (Google)",
        env="GEMINI",
        default_model="gemini-3.8-flash",
        price_id="google",
        context_window=1_000_000,
    ),
    "openai": Kind(
        label="OpenAI, or a vendor that speaks its protocol",
        env="OPENAI",
        default_model="gpt-6.1-terra",
        price_id="openai",
        context_window=128_000,
    ),
}
"""`context_window` is the cautious figure where the price list does not know the model."""


def kind_choices() -> list[tuple[str, str]]:
    """For Django: a callable, so that a new kind is no migration."""
    return [(name, kind.label) for name, kind in KINDS.items()]
