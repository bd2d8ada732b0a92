"""Which vendor, model and address an entry of another gateway means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from llm.kinds import KINDS
from llm.models.validators import validate_base_url
from llm.services.imports.values import text_of
from llm.vendors.preset import Preset

BLANKS: Mapping[str, tuple[str, ...]] = {
    "resource": ("azure_resource_name", "azureResourceName"),
    "project": ("vertex_project", "vertex_project_id"),
    "location": ("vertex_location", "vertex_region"),
    "region": ("aws_region_name", "aws_region"),
}
"""A blank of a preset's address, and the fields of other gateways that fill it."""
AZURE_PATH = "/openai/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked. `base_url`: "" for the kind's own address. `used`: fields that filled the address."""

    preset: Preset
    model: str
    base_url: str
    used: tuple[str, ...] = ()


def target_of(preset: Preset, model: str, given: Mapping[str, Any]) -> tuple[Target | None, str]:
    """The target, or None and why it cannot be one."""
    if not model:
        return None, "It names no model."
    address, used = _given_address(preset, given), []
    if not address:
        filled: dict[str, str] = {}
        for blank in preset.blanks:
            name = next((name for name in BLANKS.get(blank, ()) if text_of(given.get(name))), "")
            if not name:
                return None, f"The address of {preset.label} needs {blank}."
            filled[blank] = text_of(given[name])
            used.append(name)
        address = preset.address.format_map(filled)
    if address == KINDS[preset.kind].address:
        address = ""
    if address:
        try:
            validate_base_url(address)
        except ValidationError as error:
            return None, f"Its address cannot be used. {' '.join(error.messages)}"
    return Target(preset=preset, model=model, base_url=address, used=tuple(used)), ""


def _given_address(preset: Preset, given: Mapping[str, Any]) -> str:
    """The address that the entry states, as this gateway's adapters take it."""
    address = next(
        (found for name in ("api_base", "base_url", "custom_host") if (found := text_of(given.get(name)))), ""
    )
    address = address.rstrip("/")
    if address and preset.name == "azure":
        # Dated paths and api-version are Azure's older API; the same resource serves the v1 one.
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}{AZURE_PATH}"
    if address and preset.name == "ollama" and not address.endswith("/v1"):
        return f"{address}/v1"  # LiteLLM asks Ollama's own API there
    return address
