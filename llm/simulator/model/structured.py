"""Simulated structured output: Djobea's suggestions, and the smallest value that fits a JSON schema. Not
free text."""

import json
import re
from collections.abc import Mapping
from typing import Any

from llm.simulator.model.chat import SimulatedRequest
from llm.simulator.model.language import is_french

_MAX_COUNT = 20
_FRENCH = (
    "Souhaitez-vous une intervention aujourd'hui ou demain ?",
    "Pouvez-vous m'envoyer une photo du problème ?",
    "Dans quel quartier de Douala habitez-vous ?",
    "Voulez-vous un devis avant le déplacement du technicien ?",
    "Depuis quand avez-vous ce problème ?",
)
_ENGLISH = (
    "Would you like someone to come today or tomorrow?",
    "Could you send me a photo of the problem?",
    "Which part of Douala do you live in?",
    "Would you like a quote before the technician comes?",
    "Since when have you had this problem?",
)
_COUNT = re.compile(
    r"(?:exactly|exactement|generate|propose|give|donne|count|nombre)\W{1,3}(?:\w+\W+)?(\d{1,2})\b"
    r"|\b(\d{1,2})\s+(?:\w+\s+){0,2}(?:suggestions?|r[ée]ponses?|replies|options|items|phrases)",
    re.IGNORECASE,
)
_ASKS_FOR_JSON = re.compile(r"\banswer with (one )?json\b", re.IGNORECASE)
_SCHEMA_IN_WORDS = re.compile(r"\bjson schema:\s*(?=\{)", re.IGNORECASE)
_MENTIONS_JSON = re.compile(r"\bjson\b", re.IGNORECASE)


def wants_json(request: SimulatedRequest) -> bool:
    """True when a format field says so, or the words speak of JSON with "suggestions" in it."""
    if request.json_mode or _schema(request) is not None or _ASKS_FOR_JSON.search(request.system):
        return True
    text = f"{request.system}\n{request.last_user}"
    return bool(_MENTIONS_JSON.search(text)) and "suggestions" in text


def json_text(request: SimulatedRequest, label: str) -> str:
    """A valid JSON object for the request."""
    text, schema = f"{request.system}\n{request.last_user}", _schema(request)
    if "suggestions" in _properties(schema) or (not schema and "suggestion" in text.lower()):
        return json.dumps(_suggestions(request, label), ensure_ascii=False)
    if schema:
        return json.dumps(sample(schema, label), ensure_ascii=False)
    return json.dumps({"answer": f"{label} {request.last_user[:80]}".strip()}, ensure_ascii=False)


def _suggestions(request: SimulatedRequest, label: str) -> dict[str, Any]:
    lines = _FRENCH if is_french(request.last_user, request.system) else _ENGLISH
    count = asked_count(f"{request.last_user}\n{request.system}")
    items = [
        {
            "text": f"{label} {lines[index % len(lines)]}" + (f" ({index + 1})" if index >= len(lines) else ""),
            "confidence": round(max(0.5, 0.9 - 0.05 * index), 2),
        }
        for index in range(count)
    ]
    return {"suggestions": items}


def asked_count(text: str, default: int = 3) -> int:
    """The number of suggestions the text asks for, 1 to 20; the default when no number can be read."""
    found = _COUNT.search(text)
    number = int(next(group for group in found.groups() if group)) if found else default
    return min(max(number, 1), _MAX_COUNT)


def _schema(request: SimulatedRequest) -> Mapping[str, Any] | None:
    """The schema that a field gives, or that stands in the instructions."""
    if request.schema is not None or (found := _SCHEMA_IN_WORDS.search(request.system)) is None:
        return request.schema
    schema, _ = json.JSONDecoder().raw_decode(request.system, found.end())
    return schema if isinstance(schema, dict) else None


def _properties(schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    properties = (schema or {}).get("properties")
    return properties if isinstance(properties, dict) else {}


def sample(schema: Mapping[str, Any], word: str) -> Any:
    """The smallest value that fits a JSON schema (Gemini's upper-case types too); strings are `word`.

    Understands type, properties, items, enum, const, anyOf, oneOf, minimum, minItems and default; nothing
    else.
    """
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf", "any_of"):
        if schema.get(union):
            return sample(schema[union][0], word)
    kind = schema.get("type", "object")
    kind = (kind[0] if isinstance(kind, list) and kind else str(kind)).lower()
    if kind == "object":
        return {name: sample(part, word) for name, part in _properties(schema).items() if isinstance(part, dict)}
    if kind == "array":
        items = schema.get("items")
        least = max(1, int(schema.get("minItems", 1)))
        return [sample(items, word) for _ in range(least)] if isinstance(items, dict) else []
    scalars: dict[str, Any] = {"string": word, "number": 0.5, "boolean": True, "null": None}
    return scalars[kind] if kind in scalars else int(schema.get("minimum", 1))
