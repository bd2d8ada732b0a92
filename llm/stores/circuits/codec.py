"""Circuit <-> JSON values. Times are ISO 8601 in UTC; unknown fields, as of a newer release, are ignored."""

from typing import Any

from pydantic import TypeAdapter

from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass

STORED_AS = {"next_list_probe_at": "listing_at", "list_probe_failed": "listing_failed"}
"""Field -> its name in stored records, where the two differ."""
REQUIRED = {"state", "window"}
COUNTS = ("start", "ok", "faults", "others")
KNOWN = frozenset(str(error_class) for error_class in ErrorClass)

ADAPTER = TypeAdapter(Circuit)


def dump(circuit: Circuit) -> dict[str, Any]:
    """The whole circuit as JSON values."""
    value = ADAPTER.dump_python(circuit, mode="json")
    for name, stored in STORED_AS.items():
        value[stored] = value.pop(name)
    value["window"] = [[bucket[name] for name in COUNTS] for bucket in value["window"]]
    for name in ("refused", "answered_account"):
        if not value[name]:
            del value[name]  # the default, which older releases do not write
    if error := value["last_error"]:
        error["class"] = error.pop("error_class")
    return value


def load(value: Any) -> Circuit:
    """The circuit that `dump` wrote; an empty value is a new circuit. Raises ValueError for anything else."""
    if not value:
        return Circuit()
    if not isinstance(value, dict) or not value.keys() >= REQUIRED:
        raise ValueError("This is no circuit.")
    try:
        fields = {name: value[stored] for name, stored in STORED_AS.items() if stored in value}
        window = [dict(zip(COUNTS, bucket, strict=True)) for bucket in value["window"]]
        error = value.get("last_error")
        last_error = error and {**error, "error_class": _known(error["class"])}
        reason = _known(value.get("reason"))
        return ADAPTER.validate_python(
            {**value, **fields, "window": window, "last_error": last_error, "reason": reason}
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"This is no circuit: {wrong!r}") from wrong


def _known(error_class: str | None) -> str | None:
    """A class of a newer release reads as unknown; the rest of the record stays."""
    return error_class if not error_class or error_class in KNOWN else str(ErrorClass.UNKNOWN)
