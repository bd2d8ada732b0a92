"""Reads a file of another gateway, YAML or JSON, and tells whose it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from llm.core.exceptions import LLMError
from llm.services.imports.litellm import read_litellm
from llm.services.imports.plan import ImportPlan
from llm.services.imports.portkey import read_portkey

LARGEST = 1024 * 1024
"""Bytes of a file: a config of a thousand models has a quarter of that."""


class UnreadableImport(LLMError):
    """The file cannot be imported; the message says why."""


def plan_of(path: Path, *, name: str = "") -> ImportPlan:
    """The plan of the file. `name`: the route of a Portkey config; by default the file's. Raises UnreadableImport."""
    config = _parsed(path)
    if "model_list" in config:
        return read_litellm(config)
    if "targets" in config or "strategy" in config or "provider" in config:
        return read_portkey(config, name=name or path.stem)
    raise UnreadableImport(
        f"{path.name} is neither a LiteLLM config (no model_list) nor a Portkey config (no targets and no provider)."
    )


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableImport(f"{path.name} is larger than {LARGEST:,} bytes.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableImport(f"{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UnreadableImport(f"{path.name} is no text in UTF-8.") from None
    if text.count("&") and text.count("*") > 100:
        raise UnreadableImport(f"{path.name} has too many YAML aliases.")
    try:
        config = yaml.safe_load(text)  # JSON is YAML too
    except (yaml.YAMLError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" at line {place.line + 1}" if place is not None else ""
        raise UnreadableImport(f"{path.name} is no YAML or JSON{where}.") from None
    if not isinstance(config, dict):
        raise UnreadableImport(f"{path.name} holds no object.")
    return {str(key): value for key, value in config.items()}
