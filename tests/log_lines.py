"""A logger that keeps its lines; the events of one package among all that were logged."""

from typing import Any

import pytest


def events_of(caplog: pytest.LogCaptureFixture, package: str) -> list[str]:
    """What the package logged: an earlier test's incident may end, by its timer, during this one."""
    lines = [line for line in caplog.records if line.name.startswith(package)]
    return [line.msg["event"] for line in lines if isinstance(line.msg, dict)]


def lines_of_now(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, without ends of incidents: an earlier test's may end, by its timer, during this one."""
    return [str(line.msg) for line in caplog.records if not line.pathname.endswith("llm/incidents.py")]


class LogLines:
    """Stands for structlog's logger."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def warning(self, event: str, **facts: Any) -> None:
        self.lines.append((event, facts))

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.lines]
