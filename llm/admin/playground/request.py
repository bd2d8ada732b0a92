"""Reads what the playground's page sends: a JSON object with messages, a target and options."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from llm.adapters.structured_output.json_schema import schema_fault
from llm.core.calls import CallOptions
from llm.core.chat.request import ChatRequest, Output, OutputFormat, Role, Tool, message
from llm.services import playground

MOST_MESSAGES, MOST_CHARACTERS, MOST_TOKENS = 50, 100_000, 100_000


class BadRequest(Exception):
    """The message names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One answer that is wanted."""

    request: ChatRequest
    options: CallOptions
    stream: bool


def read(body: bytes, language: str) -> Asked:
    """Raises BadRequest.

    `{"target": "route:default" | "provider:claude", "messages": [{"role", "text"}], "stream"?, "max_tokens"?,
    "temperature"?, "tools"?, "schema"?, "without"?: [names]}`; tools in OpenAI's shape, with or without the wrapping.
    """
    try:
        given = json.loads(body)
    except ValueError:
        raise BadRequest(_("The request is no JSON.")) from None
    if not isinstance(given, dict):
        raise BadRequest(_("The request is no JSON."))
    without = tuple(str(name) for name in given.get("without") or ())
    kind, _colon, name = str(given.get("target", "")).partition(":")
    if kind not in ("route", "provider") or not name:
        raise BadRequest(_("Choose a route or a provider."))
    request = ChatRequest(
        messages=_messages(given.get("messages")),
        max_tokens=_number(given, "max_tokens", int, 1, MOST_TOKENS),
        temperature=_number(given, "temperature", float, 0, 2),
        tools=_tools(given.get("tools")),
        output=_output(given.get("schema")),
        language=language,
    )
    to = playground.to_route if kind == "route" else playground.to_provider
    return Asked(request=request, options=to(name, without), stream=bool(given.get("stream")))


def _messages(value: Any) -> tuple[Any, ...]:
    rows = value if isinstance(value, list) else []
    found = tuple(
        message(Role(row["role"]), row["text"])
        for row in rows
        if isinstance(row, dict)
        and row.get("role") in set(Role)
        and isinstance(row.get("text"), str)
        and row["text"].strip()
    )
    if not any(each.role is Role.USER for each in found):
        raise BadRequest(_("Write a message of the user."))
    if len(found) > MOST_MESSAGES or sum(len(each.text) for each in found) > MOST_CHARACTERS:
        raise BadRequest(_("The messages are too long."))
    return found


def _number(given: dict[str, Any], field: str, kind: type[int] | type[float], least: float, most: float) -> Any:
    value = given.get(field)
    if value in (None, ""):
        return None
    try:
        number = kind(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not least <= number <= most:
        bounds = {"field": field, "least": least, "most": most}
        raise BadRequest(_("%(field)s must be a number from %(least)s to %(most)s.") % bounds)
    return number


def _tools(value: Any) -> tuple[Tool, ...]:
    if not value:
        return ()
    listed = value if isinstance(value, list) else [value]
    tools = []
    for item in listed:
        function = item.get("function", item) if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise BadRequest(_("tools: a list of functions, each with a name and parameters."))
        parameters = function.get("parameters") or {"type": "object", "properties": {}}
        tools.append(
            Tool(
                name=function["name"],
                description=str(function.get("description", "")),
                parameters=json.dumps(parameters),
            )
        )
    return tuple(tools)


def _output(value: Any) -> Output:
    if not value:
        return Output()
    schema = json.dumps(value)
    if not isinstance(value, dict) or (fault := schema_fault(schema)):
        raise BadRequest(f"schema: {fault if isinstance(value, dict) else _('must be a JSON object.')}")
    return Output(format=OutputFormat.JSON_SCHEMA, schema=schema)
