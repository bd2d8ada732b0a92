"""What schemathesis is told of this API. Loaded by SCHEMATHESIS_HOOKS, in .venv-tools."""

from typing import Any

import schemathesis

RULES, REFERENCE = "x-rules", "x-reference"


@schemathesis.check
def documented_request_accepted(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits the schema is no 400, except for a fault that the operation's rules quote.

    In place of schemathesis' positive_data_acceptance, which knows no rules. An operation with a reference is
    judged by that document, which is no schema: its refusals pass.
    """
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 400:
        return
    operation = case.operation.definition.raw
    if REFERENCE in operation:
        return
    rules = [*operation.get(RULES, ()), *case.operation.schema.raw_schema["info"].get(RULES, ())]
    error = response.json()["error"]
    details = error.get("details") or {"": [error["message"]]}
    faults = [fault for faults in details.values() for fault in faults if not _is_quoted(fault, rules)]
    if faults:
        raise AssertionError(f"A request that fits the schema was refused: {details}")


def _is_quoted(fault: str, rules: list[str]) -> bool:
    return any(fault.endswith(rule[1:].strip()) if rule.startswith("…") else fault == rule for rule in rules)
