"""OpenAI's rules for tool calls in a dialogue: every call is answered right after it, under an id of at most 40
characters (https://github.com/agno-agi/agno/issues/5382)."""

from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.openai.errors import OpenAIComplaints, invalid
from llm.simulator.shape import FieldType, check, expect

_CALL = {"id": FieldType.STRING, "type": FieldType.STRING, "function": FieldType.OBJECT, "custom": FieldType.OBJECT}
_LONGEST_ID = 40
_COMPLAINTS = OpenAIComplaints()


def check_dialogue(messages: list[Json]) -> None:
    """Raises Rejected. The shapes of the messages are known to be right, but for their tool calls."""
    open_calls: set[str] = set()
    called_at = 0
    answering = False
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            _check_length(message["tool_call_id"], f"messages[{index}].tool_call_id")
            if not answering or message["tool_call_id"] not in open_calls:
                text = (
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'."
                )
                raise InvalidRequest(invalid(text, param=f"messages.[{index}].role"))
            open_calls.discard(message["tool_call_id"])
            continue
        _check_open(open_calls, called_at)
        open_calls, called_at = _calls(message, index), index
        answering = bool(open_calls)
    _check_open(open_calls, called_at)


def _calls(message: Json, index: int) -> set[str]:
    found: set[str] = set()
    for place, call in enumerate(message.get("tool_calls") or ()):
        at = ("messages", index, "tool_calls", place)
        expect(call, FieldType.OBJECT, _COMPLAINTS, at=at)
        check(call, _CALL, _COMPLAINTS, at=at, required=("id", "type"))
        _check_length(call["id"], f"messages[{index}].tool_calls[{place}].id")
        found.add(call["id"])
    return found


def _check_length(id: str, param: str) -> None:
    if len(id) > _LONGEST_ID:
        text = (
            f"Invalid '{param}': string too long. Expected a string with maximum length {_LONGEST_ID}, "
            f"but got a string with length {len(id)} instead."
        )
        raise InvalidRequest(invalid(text, code="string_above_max_length", param=param))


def _check_open(open_calls: set[str], index: int) -> None:
    if open_calls:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(sorted(open_calls))
        )
        raise InvalidRequest(invalid(text, param=f"messages.[{index + 1}].role"))
