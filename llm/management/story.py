"""The failover story of `manage.py llm_demo`: what is done, what must hold, how it is told."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.management.color import Style

from llm.core.calls import Answer, Caller
from llm.core.chat.request import ChatRequest, Role, message
from llm.management.show import milliseconds, moment, table
from llm.services.calls.run import complete_sync
from llm.services.probes.run import reset
from llm.services.status import ProviderStatus, current_status_sync
from llm.simulator import Simulator

VENDORS = ("claude", "gemini", "openai")
LATER = 10
"""Requests after the first failover, none of which may reach Claude."""

QUESTIONS = (
    "Bonjour ! Je cherche un plombier à Bonamoussadi.",
    "Mon évier fuit encore, que faire ?",
    "Combien coûte un électricien à Douala ?",
    "Il y a quelqu'un ?",
    "Et maintenant, tout va bien ?",
)


class StoryBroken(Exception):
    """Something did not go as the product promises; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as it went. `calls`: completions that each vendor has seen since the story began."""

    title: str
    provider: str
    degraded: bool
    elapsed_ms: float
    calls: dict[str, int]


class Story:
    """Tells itself through `say` while it goes; `steps` is what happened, for JSON."""

    def __init__(self, simulator: Simulator, say: Callable[[str], object], style: Style) -> None:
        self._simulator = simulator
        self._say = say
        self._style = style
        self.steps: list[Step] = []

    def tell(self) -> None:
        """All steps in order; raises StoryBroken at the first that does not hold."""
        self._say(self._style.MIGRATE_HEADING("A failover story, on simulated vendors") + "\n")
        self.all_is_well()
        self.credit_runs_out()
        self.nobody_asks_in_vain()
        self.status_tells_why()
        self.everybody_is_down()
        self.claude_is_back()
        self._say(self._style.SUCCESS("\nEvery step held."))

    def all_is_well(self) -> None:
        self._chapter("Claude answers, being first in line")
        self._expect("claude", self._ask(QUESTIONS[0]))

    def credit_runs_out(self) -> None:
        self._chapter("Claude's credit runs out: the very next request is answered by Gemini")
        self._simulator.fault("claude", "credit")
        answer = self._ask(QUESTIONS[1])
        self._expect("gemini", answer)
        for attempt in answer.trail.attempts:
            went = str(attempt.failure.error_class) if attempt.failure else "answered"
            self._say(f"     try {attempt.seq}: {attempt.provider}, {went}, {milliseconds(1000 * attempt.duration_s)}")

    def nobody_asks_in_vain(self) -> None:
        self._chapter(f"{LATER} more requests: none of them bothers Claude")
        before = self._simulator.calls("claude")
        for _ in range(LATER):
            answer = self._ask(QUESTIONS[2])
            self._hold(answer.provider == "gemini", f"{answer.provider} answered where Gemini should have")
        self._hold(self._simulator.calls("claude") == before, "Claude was called while its credit was exhausted")
        self._expect("gemini", answer)
        for skip in answer.trail.skips:
            self._say(f"     passed over: {skip.provider}, {skip.reason} {skip.detail}".rstrip())

    def status_tells_why(self) -> None:
        self._chapter("The status says what is wrong and when it will be tried again")
        status = current_status_sync()
        rows = [(p.name, p.state, p.reason or "-", moment(p.retry_at)) for p in status.providers]
        self._say(_indented(table(("provider", "state", "reason", "tried again at"), rows)))
        claude = self._status_of("claude")
        self._hold(claude.reason == "credit_exhausted", f"Claude's reason is {claude.reason}, not credit_exhausted")
        self._hold(claude.retry_at is not None, "the status does not say when Claude will be tried again")

    def everybody_is_down(self) -> None:
        self._chapter("Gemini and OpenAI fall over too: the static answer, in French, and marked as such")
        for vendor in ("gemini", "openai"):
            self._simulator.fault(vendor, "server_error")
        answer = self._ask(QUESTIONS[3])
        self._expect("static", answer)
        self._hold(answer.degraded, "a static answer was not marked as degraded")

    def claude_is_back(self) -> None:
        self._chapter("Claude's wallet is filled and its circuit reset: Claude answers")
        self._simulator.heal()
        reset(["claude"], by="demo")
        self._expect("claude", self._ask(QUESTIONS[4]))

    def _ask(self, question: str) -> Answer:
        request = ChatRequest(messages=(message(Role.USER, question),), language="fr")
        return complete_sync(request, caller=Caller(consumer="demo", origin="command"))

    def _expect(self, provider: str, answer: Answer) -> None:
        """Tells who answered, and that each vendor was called as often as it was."""
        calls = {vendor: self._simulator.calls(vendor) for vendor in VENDORS}
        self.steps.append(
            Step(
                title=self._title,
                provider=answer.provider,
                degraded=answer.degraded,
                elapsed_ms=1000 * answer.elapsed_s,
                calls=calls,
            )
        )
        paint = self._style.WARNING if answer.degraded else self._style.SUCCESS
        first_line = answer.completion.text.strip().partition("\n")[0]
        self._say(f"     {paint(answer.provider)} in {milliseconds(1000 * answer.elapsed_s)}: {_shortened(first_line)}")
        self._say("     calls seen so far: " + ", ".join(f"{vendor} {count}" for vendor, count in calls.items()))
        self._hold(answer.provider == provider, f"{answer.provider} answered where {provider} should have")

    def _status_of(self, name: str) -> ProviderStatus:
        return next(provider for provider in current_status_sync().providers if provider.name == name)

    def _chapter(self, title: str) -> None:
        self._title = title
        self._say(f"\n{self._style.MIGRATE_LABEL('  *')} {title}")

    def _hold(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise StoryBroken(f"{otherwise} ({self._title!r})")


def _indented(text: str) -> str:
    return "\n".join(f"     {line}" for line in text.splitlines())


def _shortened(text: str, width: int = 76) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
