"""A world for the tests of alerts: a clock that is turned by hand, providers that go out and come back, receivers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from llm.alerts import send as alerts
from llm.alerts.send import ProbeBudget
from llm.core.circuit.state import Circuit, closed
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import Call
from llm.stores.circuits import rows as circuits
from tests.alerts.receivers import Hook, MailServer, hook_server, mail_server

SECRET = "shared with the receiver"


@dataclass
class AlertStage:
    hook: Hook
    mail: MailServer
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def clock(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def look(self, budget: ProbeBudget | None = None) -> int:
        return alerts.send_due(budget=budget, now=self.clock)

    def fails(self, name: str, why: ErrorClass, times: int = 5) -> None:
        """Records `times` failures of the provider, as the gateway does."""
        failure = Failure(error_class=why, message="Your prompt was: the secret of my life")
        for _ in range(times):
            circuits.change(name, partial(_observed, failure=failure, now=self.now), now=self.now, by="gateway")

    def comes_back(self, name: str, by: str = "worker") -> None:
        circuits.change(name, lambda circuit: closed(circuit, self.now), now=self.now, by=by)

    def static_answer(self) -> None:
        Call.objects.create(request_id="r", started_at=self.now, route="default", origin="api", status="static")

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mail.mails]


def _observed(circuit: Circuit, failure: Failure, now: datetime) -> Circuit:
    return observe(circuit, Observation(at=now, generation=circuit.generation, failure=failure))


@pytest.fixture
def world(providers: list[str], settings: Any) -> Iterator[AlertStage]:
    """E-mail and webhook are configured; a first round without trouble has run."""
    with mail_server() as mail, hook_server() as hook:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail.port
        settings.DEFAULT_FROM_EMAIL = "gateway@example.com"
        settings.LLM_ALERTS = {
            "EMAILS": ["ops@example.com", "night@example.com"],
            "WEBHOOK_URL": hook.url,
            "WEBHOOK_SECRET": SECRET,
        }
        stage = AlertStage(hook=hook, mail=mail)
        assert stage.look() == 0
        stage.later(seconds=5)
        yield stage
