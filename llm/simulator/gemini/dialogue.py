"""Google's rules for function calls in a dialogue, and the signatures that Gemini 3 puts on them and demands back.

Rules of signatures: https://ai.google.dev/gemini-api/docs/thought-signatures (the first call of each step of the
current turn must have one; two words stand in for a lost one). Words of the refusals as reported in
https://github.com/lbjlaq/Antigravity-Manager/issues/139 and https://github.com/google-gemini/gemini-cli/issues/17208.
"""

import json
import re
from typing import Any

from llm.simulator.gemini.errors import invalid
from llm.simulator.http.exchange import InvalidRequest, Json, Vendor
from llm.simulator.model.signatures import is_sealed, seal

_STAND_INS = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")
_WITHOUT_SIGNATURES = re.compile(r"gemini-(1|2|robotics)")
_OF_TEXT = "text"
TEXT_SIGNATURE = seal(Vendor.GEMINI, _OF_TEXT)


def signs_calls(model: str) -> bool:
    """True from Gemini 3 on."""
    return not _WITHOUT_SIGNATURES.match(model)


def call_signature(call: Json) -> str:
    return seal(Vendor.GEMINI, _of_call(call))


def check_dialogue(turns: list[Json], model: str) -> None:
    """Raises Rejected. The shapes of turns and parts are known to be right."""
    before: Json = {"role": "user", "parts": []}
    for index, turn in enumerate(turns):
        calls, answers = _all(before, "functionCall"), _all(turn, "functionResponse")
        if answers and not calls:
            raise _refused("function response turn comes immediately after a function call turn")
        if len(answers) != len(calls):
            raise _refused(
                "the number of function response parts is equal to the number of function call parts "
                "of the function call turn"
            )
        if not all(answer.get("name") for answer in answers):
            raise InvalidRequest(
                invalid(f"* GenerateContentRequest.contents[{index}]: function_response.name cannot be empty")
            )
        if _all(turn, "functionCall") and (turn["role"] != "model" or before["role"] == "model" or not index):
            raise _refused("function call turn comes immediately after a user turn or after a function response turn")
        before = turn
    if before["role"] == "model":
        raise _refused("multiturn requests end with a user role or a function response")
    if signs_calls(model):
        _check_signatures(turns)


def _check_signatures(turns: list[Json]) -> None:
    asked = max((index for index, turn in enumerate(turns) if _begins_turn(turn)), default=0)
    for index, turn in enumerate(turns):
        calls = [part for part in turn["parts"] if part.get("functionCall")]
        for place, part in enumerate(calls):
            if place == 0 and index > asked and not part.get("thoughtSignature"):
                raise InvalidRequest(invalid(_missing(part["functionCall"], index)))
        for part in turn["parts"]:
            _check_signature(part)


def _begins_turn(turn: Json) -> bool:
    """A turn is all that follows from one thing that the user says; results of functions belong to it."""
    return bool(turn["role"] == "user" and any(part.get("text") for part in turn["parts"]))


def _check_signature(part: Json) -> None:
    signature: Any = part.get("thoughtSignature")
    if signature is None or signature in _STAND_INS:
        return
    call = part.get("functionCall")
    if not is_sealed(Vendor.GEMINI, _of_call(call) if call else _OF_TEXT, signature):
        raise InvalidRequest(invalid("Corrupted thought signature."))


def _of_call(call: Json) -> str:
    return f"{call.get('name')}({json.dumps(call.get('args') or {}, sort_keys=True)})"


def _missing(call: Json, index: int) -> str:
    return (
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
        "correctly, and missing thought_signature may lead to degraded model performance. Additional data, function "
        f"call `default_api:{call.get('name')}` , position {index + 1}. "
        "Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
    )


def _all(turn: Json, name: str) -> list[Json]:
    return [part[name] for part in turn["parts"] if part.get(name)]


def _refused(rule: str) -> InvalidRequest:
    return InvalidRequest(invalid(f"Please ensure that {rule}."))
