"""A filter for the logs of Django, uvicorn and asyncio: what callers do is counted, and told without a traceback."""

import logging
from functools import cache
from typing import Any

import structlog
from django.core.exceptions import RequestAborted

from llm.incidents import Incident

LOGGERS = ("django.request", "django.security.DisallowedHost", "uvicorn.error", "asyncio")
"""The loggers that the filter is for."""

MESSAGES = {
    "Invalid HTTP request received.": "invalid_http",
    "Unsupported upgrade request.": "unsupported_upgrade",
    "socket.send() raised exception.": "peer_left",
}
"""uvicorn's and asyncio's lines about the other side of a connection -> the event that they are counted as."""


class CountCallers(logging.Filter):
    """Counts a record about a caller in place of passing it on."""

    def filter(self, record: logging.LogRecord) -> bool:
        incident = _incident_of(record)
        if incident is not None:
            incident.note(message=record.getMessage()[:200])
        return incident is None


def _incident_of(record: logging.LogRecord) -> Incident | None:
    status = getattr(record, "status_code", 0)
    if record.name == "django.security.DisallowedHost":
        return incident("foreign_host")
    if record.name == "django.request":
        return incident("request_refused", status) if 400 <= status < 500 else None
    if record.exc_info and isinstance(record.exc_info[1], RequestAborted):
        return incident("client_left")
    event = MESSAGES.get(record.getMessage())
    return None if event is None else incident(event)


@cache
def incident(event: str, status: int = 0) -> Incident:
    """The incident of an event in this process; requests that are refused have one for each status."""
    log: Any = structlog.get_logger("djobea.callers")
    return Incident(event, log.bind(status=status) if status else log)
