"""Errors of ours go to Sentry when SENTRY_DSN is set: what broke and where, without anything that was said.

Values of exceptions, local variables, bodies, headers and log arguments may hold prompts, keys or vendors' words. So
an event is made anew of what is known to hold none, and all else is left out.
"""

import sys
from typing import Any

FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")
KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "server_name", "sdk", "logger")


def start(address: str) -> None:
    """Begins to send; nothing without an address."""
    if not address:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=address,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        auto_enabling_integrations=False,  # they wrap the vendors' SDKs; errors come by the log
        before_send=without_words,  # type: ignore[arg-type]  # its Event is a dict
    )


def without_words(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """The event with types and places alone, and the name of our log line."""
    kept = {name: event[name] for name in KEPT if name in event}
    values = (event.get("exception") or {}).get("values") or _raised(hint)
    if values:
        kept["exception"] = {"values": [_exception(value) for value in values]}
    if (name := _event_name(hint)) is not None:
        kept["logentry"] = {"message": name}
    return kept


def _raised(hint: dict[str, Any]) -> list[dict[str, Any]]:
    """What was raised, where the log event has it: structlog keeps that in the event, and not in the log record."""
    said = getattr(hint.get("log_record"), "msg", None)
    cause = said.get("exc_info") if isinstance(said, dict) else None
    if not cause:
        return []
    from sentry_sdk.utils import event_from_exception

    found, _ = event_from_exception(sys.exc_info() if cause is True else cause)
    return list((found.get("exception") or {}).get("values") or [])


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": [{name: frame[name] for name in FRAME if name in frame} for frame in frames]},
    }


def _event_name(hint: dict[str, Any]) -> str | None:
    """The name of one of our own log events, as structlog hands it on; None for the words of other libraries."""
    record = hint.get("log_record")
    said = getattr(record, "msg", None)
    return str(said.get("event")) if isinstance(said, dict) else None
