"""Anthropic's rules for a dialogue's tools and thinking. Consecutive turns of one role are no mistake: they are merged.

Words: https://github.com/anthropics/claude-code/issues/7929 (results), /1598 of anthropic-sdk-python and
https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting (thinking),
https://github.com/ericc-ch/copilot-api/pull/261 (prefill, which the models up to 4.5 still take).
"""

import re
from collections.abc import Iterable
from itertools import takewhile

from llm.simulator.claude.errors import invalid
from llm.simulator.http.exchange import InvalidRequest, Json, Vendor
from llm.simulator.model.signatures import is_sealed

_TAKES_PREFILL = re.compile(r"claude-(?:[a-z]+-)?(?:[1-3]\b|4(?:-[0-5])?(?:-\d{8})?$)")
_ID = re.compile(r"[a-zA-Z0-9_-]+")


def check_dialogue(messages: list[Json], model: str) -> None:
    """Raises Rejected. The shapes of messages and blocks are known to be right."""
    waiting: set[str] = set()
    used: set[str] = set()
    for index, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        if message["role"] == "assistant":
            _check_thinking(blocks, index)
        _check_results(blocks, index, waiting)
        waiting = _called(blocks, index, used)
        used |= waiting
    if messages[-1]["role"] == "assistant" and not _TAKES_PREFILL.match(model):
        text = "This model does not support assistant message prefill. The conversation must end with a user message."
        raise InvalidRequest(invalid(text))
    _check_open(waiting, len(messages))


def blocks_of(content: object) -> list[Json]:
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _check_thinking(blocks: list[Json], index: int) -> None:
    for place, block in enumerate(blocks):
        at = f"messages.{index}.content.{place}"
        if block["type"] == "thinking":
            if not isinstance(block.get("thinking"), str):
                raise InvalidRequest(invalid(f"{at}.thinking.thinking: Field required"))
            if not is_sealed(Vendor.CLAUDE, block["thinking"], block.get("signature")):
                raise InvalidRequest(invalid(f"{at}: Invalid `signature` in `thinking` block"))
        elif block["type"] == "redacted_thinking" and not is_sealed(Vendor.CLAUDE, "redacted", block.get("data")):
            raise InvalidRequest(invalid(f"{at}: Invalid `data` in `redacted_thinking` block"))
    if blocks and blocks[-1]["type"] in ("thinking", "redacted_thinking"):
        text = f"messages.{index}: The final block in an assistant message cannot be `{blocks[-1]['type']}`."
        raise InvalidRequest(invalid(text))


def _check_results(blocks: list[Json], index: int, waiting: set[str]) -> None:
    """Every tool_use must be answered by one tool_result at the very start of the next message, and no other may be."""
    first = list(takewhile(lambda block: block["type"] == "tool_result", blocks))
    _check_open(waiting - {str(block.get("tool_use_id")) for block in first}, index)
    answered = [str(block.get("tool_use_id")) for block in blocks if block["type"] == "tool_result"]
    if unexpected := set(answered) - waiting:
        ids = _listed(unexpected)
        text = f"messages.{index}.content: unexpected `tool_use_id` found in `tool_result` blocks: {ids}."
        raise InvalidRequest(invalid(text))
    if twice := {id for id in answered if answered.count(id) > 1}:
        text = "each tool_use must have a single result. Found multiple `tool_result` blocks with id: "
        raise InvalidRequest(invalid(f"messages.{index}.content: {text}{_listed(twice)}"))


def _check_open(unanswered: set[str], index: int) -> None:
    if unanswered:
        ids = _listed(unanswered)
        text = f"`tool_use` ids were found without `tool_result` blocks immediately after: {ids}."
        raise InvalidRequest(invalid(f"messages.{index - 1}: {text}"))


def _called(blocks: list[Json], index: int, used: set[str]) -> set[str]:
    """The ids of the message's calls."""
    found: set[str] = set()
    for place, block in enumerate(blocks):
        if block["type"] != "tool_use":
            continue
        id = str(block.get("id"))
        if not _ID.fullmatch(id):
            at = f"messages.{index}.content.{place}.tool_use.id"
            raise InvalidRequest(invalid(f"{at}: String should match pattern '^[a-zA-Z0-9_-]+$'"))
        if id in used | found:
            raise InvalidRequest(invalid(f"messages.{index}.content.{place}: `tool_use` ids must be unique"))
        found.add(id)
    return found


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids))
