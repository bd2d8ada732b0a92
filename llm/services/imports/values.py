"""Reads single values of other gateways' files: names, keys, numbers, and which vendor is meant."""

import os
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from llm.services.imports.plan import KeySource
from llm.vendors.catalogue import PRESETS
from llm.vendors.preset import Preset

VENDORS: Mapping[str, str] = {
    "azure-openai": "azure",
    "azure_ai": "azure",
    "bedrock_mantle": "bedrock-mantle",
    "cohere_chat": "cohere",
    "dashscope": "qwen",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "hosted_vllm": "vllm",
    "lm_studio": "lmstudio",
    "mistral-ai": "mistral",
    "moonshotai": "moonshot",
    "nvidia_nim": "nvidia",
    "ollama_chat": "ollama",
    "perplexity-ai": "perplexity",
    "text-completion-openai": "openai",
    "together-ai": "together",
    "together_ai": "together",
    "vertex-ai": "vertex",
    "vertex_ai": "vertex",
    "x-ai": "xai",
    "zai-org": "zai",
}
"""Other gateways' names of vendors that differ from the catalogue's."""
BY_MODEL = (
    (re.compile(r"gpt-|chatgpt-|o\d"), "openai"),
    (re.compile("claude-"), "anthropic"),
    (re.compile("gemini-"), "google"),
)
"""Whose a model without a vendor before it is."""
VARIABLE = re.compile(r"(?:os\.environ/|env\.)(\w+)|\$\{(\w+)\}|\{\{\s*(\w+)\s*\}\}")
"""`os.environ/NAME` (LiteLLM), `${NAME}` and `{{NAME}}`."""
LONGEST_NAME = 64


def vendor_of(name: str) -> Preset | None:
    """The catalogue's row for another gateway's vendor name."""
    wanted = name.strip().lower()
    return PRESETS.get(VENDORS.get(wanted, wanted))


def vendor_of_model(model: str) -> Preset | None:
    """The maker of a model that is named without a vendor."""
    return next((PRESETS[name] for pattern, name in BY_MODEL if pattern.match(model)), None)


def slug(name: str) -> str:
    """A name as routes and providers have it."""
    return re.sub(r"[^\w-]+", "-", name, flags=re.ASCII).strip("-")[:LONGEST_NAME] or "imported"


def variable_in(value: object) -> str:
    """The environment variable that a value names; "" for a plain value."""
    found = VARIABLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return next((name for name in found.groups() if name), "") if found else ""


def key_source(value: object) -> KeySource:
    """Where a key comes from."""
    if variable := variable_in(value):
        return KeySource(variable=variable)
    return KeySource(literal=value.strip()) if isinstance(value, str) else KeySource()


def text_of(value: object) -> str:
    """A text, looked up in the environment where it names a variable; "" for anything else."""
    if variable := variable_in(value):
        return os.environ.get(variable, "").strip()
    return value.strip() if isinstance(value, str) else ""


def integer(value: object, least: int = 1) -> int | None:
    """A whole number of at least `least`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value) if value >= least else None


def seconds(value: object) -> float | None:
    """Seconds that a provider's row takes; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.1 <= value <= 600 else None


def per_mtok(value: object) -> Decimal | None:
    """A price for one token as one for a million; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return (price * 1_000_000).quantize(Decimal("0.00000001")) if price.is_finite() and 0 <= price < 1 else None


def items(value: object) -> dict[str, Any]:
    """An object's fields; none for anything else."""
    return {str(name): given for name, given in value.items()} if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
