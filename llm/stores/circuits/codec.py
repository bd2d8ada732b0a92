"""Health <-> JSON, in one place. Times are ISO 8601 in UTC; an unknown field of a newer release is ignored."""

from datetime import datetime
from typing import Any

from llm.core.circuit.state import Health, LastError, State
from llm.core.circuit.window import Bucket
from llm.core.failures.policy import ErrorClass

TIMES = ("since", "until", "throttled_until", "trial_until", "listing_at")
PLAIN = {
    "generation": int,
    "throttles": int,
    "faults": int,
    "failures": int,
    "trips": int,
    "trial_successes": int,
    "trial_holder": str,
    "listing_failed": bool,
    "ramping": bool,
    "account": str,
}
KNOWN = frozenset(str(error_class) for error_class in ErrorClass)


def dump(health: Health) -> dict[str, Any]:
    """The whole health as JSON values."""
    error = health.last_error
    return {
        "state": str(health.state),
        "reason": str(health.reason) if health.reason else None,
        **{name: getattr(health, name) for name in PLAIN},
        **{name: moment.isoformat() if (moment := getattr(health, name)) else None for name in TIMES},
        "window": [[b.start, b.ok, b.faults, b.others] for b in health.window],
        "last_error": error
        and {
            "class": str(error.error_class),
            "http_status": error.http_status,
            "message": error.message,
            "at": error.at.isoformat(),
        },
    }


def load(value: dict[str, Any]) -> Health:
    """The health that `dump` wrote; an empty object is a healthy provider.

    Raises ValueError, TypeError, KeyError or AttributeError for anything else.
    """
    if not value:
        return Health()
    error = value.get("last_error")
    plain = {name: kind(value[name]) for name, kind in PLAIN.items() if name in value}
    return Health(
        state=State(value["state"]),
        reason=_error_class(value["reason"]) if value.get("reason") else None,
        since=_time(value.get("since")),
        until=_time(value.get("until")),
        throttled_until=_time(value.get("throttled_until")),
        trial_until=_time(value.get("trial_until")),
        listing_at=_time(value.get("listing_at")),
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


def _error_class(text: str) -> ErrorClass:
    """A class of a newer release is unknown here, and no reason to lose the rest."""
    return ErrorClass(text) if text in KNOWN else ErrorClass.UNKNOWN


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
