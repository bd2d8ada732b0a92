"""Health <-> JSON, in one place. Times are ISO 8601 in UTC; an unknown field of a newer release is ignored."""

from datetime import datetime
from typing import Any

from llm.core.circuit.state import Circuit, CircuitState, LastError
from llm.core.circuit.window import Bucket
from llm.core.failures.policy import ErrorClass

TIMES = ("since", "until", "throttled_until", "trial_until", "next_list_probe_at")
PLAIN = {
    "generation": int,
    "throttles": int,
    "faults": int,
    "failures": int,
    "trips": int,
    "trial_successes": int,
    "trial_holder": str,
    "list_probe_failed": bool,
    "ramping": bool,
    "account": str,
}
STORED_AS = {"next_list_probe_at": "listing_at", "list_probe_failed": "listing_failed"}
"""Field -> its name in stored records, where the two differ."""
KNOWN = frozenset(str(error_class) for error_class in ErrorClass)


def dump(circuit: Circuit) -> dict[str, Any]:
    """The whole health as JSON values."""
    error = circuit.last_error
    return {
        "state": str(circuit.state),
        "reason": str(circuit.reason) if circuit.reason else None,
        **{_stored(name): getattr(circuit, name) for name in PLAIN},
        **{_stored(name): moment.isoformat() if (moment := getattr(circuit, name)) else None for name in TIMES},
        "window": [[b.start, b.ok, b.faults, b.others] for b in circuit.window],
        "last_error": error
        and {
            "class": str(error.error_class),
            "http_status": error.http_status,
            "message": error.message,
            "at": error.at.isoformat(),
        },
    }


def load(value: dict[str, Any]) -> Circuit:
    """The health that `dump` wrote; an empty object is a healthy provider.

    Raises ValueError, TypeError, KeyError or AttributeError for anything else.
    """
    if not value:
        return Circuit()
    error = value.get("last_error")
    plain = {name: kind(value[_stored(name)]) for name, kind in PLAIN.items() if _stored(name) in value}
    return Circuit(
        state=CircuitState(value["state"]),
        reason=_error_class(value["reason"]) if value.get("reason") else None,
        since=_time(value.get("since")),
        until=_time(value.get("until")),
        throttled_until=_time(value.get("throttled_until")),
        trial_until=_time(value.get("trial_until")),
        next_list_probe_at=_time(value.get("listing_at")),
        window=tuple(Bucket(start=s, ok=ok, faults=faults, others=others) for s, ok, faults, others in value["window"]),
        last_error=error
        and LastError(
            error_class=_error_class(error["class"]),
            http_status=error["http_status"],
            message=error["message"],
            at=datetime.fromisoformat(error["at"]),
        ),
        **plain,
    )


def _stored(name: str) -> str:
    return STORED_AS.get(name, name)


def _error_class(text: str) -> ErrorClass:
    """A class of a newer release is unknown here, and no reason to lose the rest."""
    return ErrorClass(text) if text in KNOWN else ErrorClass.UNKNOWN


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
