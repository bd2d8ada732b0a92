"""Vendors that speak OpenAI's protocol and differ from it, as accounts of the simulator play them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from llm.simulator.http.exchange import InvalidRequest, Json, WireError
from llm.simulator.openai.errors import invalid

LIMITS = ("max_tokens", "max_completion_tokens")


class Lack(StrEnum):
    """What the account's models cannot do."""

    TOOLS = "tools"
    PARALLEL_TOOLS = "parallel_tools"
    JSON_SCHEMA = "json_schema"
    IMAGES = "images"
    SIGHT = "sight"
    """Images are taken, and not looked at."""
    STREAM_USAGE = "stream_usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The differences. `limit_field`: the only one that is taken, "" for OpenAI's rule. `refused` fields are a 422,
    `extra` ones are taken. `tool_id`: a pattern of the ids of tool calls. `wants_reasoning`: messages with tool calls
    need `reasoning_content`, and with `wants_text` some text in it. `key_header`: where the key must stand, "" for
    `Authorization: Bearer`. `models_path`: None for no list, "" for the usual one; `models_named`: in Cohere's shape.
    """

    limit_field: str = ""
    refused: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    tool_id: str = ""
    wants_reasoning: bool = False
    wants_text: bool = False
    key_header: str = ""
    base_path: str = "/v1"
    models_path: str | None = ""
    models_named: bool = False
    lacks: frozenset[Lack] = frozenset()


OPENAI = Manners()


def check_fields(body: Json, manners: Manners) -> None:
    """Raises InvalidRequest for a field that the vendor refuses, as vendors on pydantic do."""
    others = {name for name in LIMITS if manners.limit_field and name != manners.limit_field}
    for name in body:
        if name in manners.refused or name in others:
            text = f"Extra inputs are not permitted: body.{name}"
            raise InvalidRequest(WireError(status=422, type="invalid_request_error", message=text, param=name))


def check_messages(messages: list[Json], manners: Manners) -> None:
    """Raises InvalidRequest for ids of another form, and for reasoning that is missing or not wanted."""
    for index, message in enumerate(messages):
        calls = message.get("tool_calls") or []
        for call in calls:
            if manners.tool_id and not re.fullmatch(manners.tool_id, str(call.get("id"))):
                text = f"Tool call id was {call.get('id')} but must be a-z, A-Z, 0-9, with a length of 9."
                raise InvalidRequest(invalid(text))
        told = message.get("reasoning_content")
        if told is not None and not manners.wants_reasoning:
            text = f"Extra inputs are not permitted: messages.{index}.assistant.reasoning_content"
            raise InvalidRequest(WireError(status=422, type="invalid_request_error", message=text))
        if calls and manners.wants_reasoning and (told is None or (manners.wants_text and not told)):
            text = "The `reasoning_content` in the thinking mode must be passed back to the API."
            raise InvalidRequest(invalid(text, code="invalid_request_error"))


def check_abilities(body: Mapping[str, Any], manners: Manners) -> None:
    """Raises InvalidRequest for what the models lack, in the words of vendors that lack it."""
    if Lack.TOOLS in manners.lacks and body.get("tools"):
        raise InvalidRequest(invalid("tools is not supported with this model", param="tools"))
    if Lack.JSON_SCHEMA in manners.lacks and (body.get("response_format") or {}).get("type") == "json_schema":
        raise InvalidRequest(invalid("This response_format type is unavailable now", code="invalid_request_error"))
    parts = [part for message in body["messages"] for part in _parts(message)]
    if Lack.IMAGES in manners.lacks and any(part.get("type") == "image_url" for part in parts):
        raise InvalidRequest(invalid("Content type 'image_url' is not supported by selected model"))


def _parts(message: Json) -> list[Json]:
    content = message.get("content")
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
