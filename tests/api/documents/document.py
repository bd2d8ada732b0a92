"""Holds an answer against its vendor's document, and against the installed SDK's own model of it."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import anthropic.types
import anthropic.types.shared
import jsonschema_rs
import openai.types
import openai.types.chat
from pydantic import Field, TypeAdapter, ValidationError


class Document:
    """The answers of one vendor: their schemas by name, and the SDK's models of them, where it has any."""

    def __init__(self, vendor: str, models: Mapping[str, Any]) -> None:
        self._vendor = vendor
        self._models = {name: TypeAdapter(model) for name, model in models.items()}
        self._validators: dict[str, Any] = {}

    @cached_property
    def _schemas(self) -> Any:
        return json.loads(Path(__file__).with_name(f"{self._vendor}.json").read_text())["definitions"]

    def _validator(self, name: str) -> Any:
        if name not in self._validators:
            schema = {"definitions": self._schemas, **self._schemas[name]}
            self._validators[name] = jsonschema_rs.validator_for(schema)
        return self._validators[name]

    def faults(self, name: str, body: Any) -> list[str]:
        """What is wrong with a body, each fault behind its path; [] when nothing is. Raises KeyError for a name.

        The schema knows which fields must be there and which may be null. The SDK's model tells integers from numbers.
        """
        found = [_fault(error) for error in self._validator(name).iter_errors(body)]
        if name in self._models and not found:
            try:
                self._models[name].validate_json(json.dumps(body), strict=True)
            except ValidationError as error:
                found = [f"{_dotted(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        return found


def _fault(error: Any) -> str:
    """The fault in words. In a union it is that of the closest member."""
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AnyOf):
        return _fault(min(error.kind.context, key=_distance)[0])
    return f"{_dotted(error.instance_path)}: {error.message}"


def _distance(errors: Iterable[Any]) -> tuple[bool, int]:
    """How far a member of a union is from the body: another `type` is further than any fault."""
    listed = list(errors)
    return any(error.instance_path[-1:] == ["type"] for error in listed), len(listed)


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the body"


OPENAI = Document(
    "openai",
    {
        "Answer": openai.types.chat.ChatCompletion,
        "AnswerChunk": openai.types.chat.ChatCompletionChunk,
        "OneModel": openai.types.Model,
    },
)
ANTHROPIC = Document(
    "anthropic",
    {
        "Answer": anthropic.types.Message,
        "AnswerEvent": Annotated[anthropic.types.RawMessageStreamEvent, Field(discriminator="type")],
        "TokenCount": anthropic.types.MessageTokensCount,
        "OneModel": anthropic.types.ModelInfo,
        "Error": anthropic.types.shared.ErrorResponse,
    },
)
