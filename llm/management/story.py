"""The failover story of `manage.py llm_demo`: its chapters, their checks and their text."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.management.color import Style

from llm.core.calls import Answer, Caller
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass
from llm.management.show import milliseconds, moment, table
from llm.services.calls.run import complete_sync
from llm.services.probes.run import reset
from llm.services.status import ProviderStatus, current_status_sync
from llm.simulator import Simulator

VENDORS = ("claude", "gemini", "openai")
REQUESTS_AFTER_FAILOVER = 10
"""None of them may reach Claude."""

QUESTIONS = (
    "Bonjour ! Je cherche un cadeau pour ma mère.",
    "Mon vélo grince encore, que faire ?",
    "Combien coûte un bouquet de roses ?",
    "Il y a quelqu'un ?",
    "Et maintenant, tout va bien ?",
)


class StoryBroken(Exception):
    """A chapter failed its check; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The result of one chapter. `calls`: completions that each vendor received since the story began."""

    title: str
    provider: str
    degraded: bool
    elapsed_ms: float
    calls: dict[str, int]


class Story:
    """Plays the failover and prints it through `print_line`; `chapters` has the results, for JSON."""

    def __init__(self, simulator: Simulator, print_line: Callable[[str], object], style: Style) -> None:
        self._simulator = simulator
        self._print = print_line
        self._style = style
        self.chapters: list[Chapter] = []

    def play(self) -> None:
        """Plays all chapters in order. Raises StoryBroken at the first failed check."""
        self._print(self._style.MIGRATE_HEADING("A failover story, on simulated vendors") + "\n")
        self.claude_answers()
        self.credit_runs_out()
        self.claude_gets_no_calls()
        self.status_gives_the_reason()
        self.all_vendors_fail()
        self.claude_recovers()
        self._print(self._style.SUCCESS("\nEvery check passed."))

    def claude_answers(self) -> None:
        self._chapter("Claude is first in the chain and answers")
        self._expect("claude", self._ask(QUESTIONS[0]))

    def credit_runs_out(self) -> None:
        self._chapter("Claude's credit runs out: Gemini answers the same request")
        self._simulator.fault("claude", "credit")
        answer = self._ask(QUESTIONS[1])
        self._expect("gemini", answer)
        for attempt in answer.trail.attempts:
            outcome = str(attempt.failure.error_class) if attempt.failure else "answered"
            self._print(
                f"     attempt {attempt.seq}: {attempt.provider}, {outcome}, {milliseconds(1000 * attempt.duration_s)}"
            )

    def claude_gets_no_calls(self) -> None:
        self._chapter(f"{REQUESTS_AFTER_FAILOVER} more requests: none of them is sent to Claude")
        before = self._simulator.calls("claude")
        for _ in range(REQUESTS_AFTER_FAILOVER):
            answer = self._ask(QUESTIONS[2])
            self._check(answer.provider == "gemini", f"{answer.provider} answered; expected gemini")
        self._check(self._simulator.calls("claude") == before, "Claude was called while its credit was exhausted")
        self._expect("gemini", answer)
        for skip in answer.trail.skips:
            self._print(f"     skipped: {skip.provider}, {skip.reason} {skip.detail}".rstrip())

    def status_gives_the_reason(self) -> None:
        self._chapter("The status shows the reason and the time of the next attempt")
        status = current_status_sync()
        rows = [(p.name, p.state, p.reason or "-", moment(p.retry_at)) for p in status.providers]
        self._print(_indented(table(("provider", "state", "reason", "retry at"), rows)))
        claude = self._status_of("claude")
        self._check(
            claude.reason == ErrorClass.CREDIT_EXHAUSTED, f"Claude's reason is {claude.reason}, not credit_exhausted"
        )
        self._check(claude.retry_at is not None, "the status does not say when Claude gets its next call")

    def all_vendors_fail(self) -> None:
        self._chapter("Gemini and OpenAI fail too: the static answer, in French, marked as degraded")
        for vendor in ("gemini", "openai"):
            self._simulator.fault(vendor, "server_error")
        answer = self._ask(QUESTIONS[3])
        self._expect("static", answer)
        self._check(answer.degraded, "a static answer was not marked as degraded")

    def claude_recovers(self) -> None:
        self._chapter("Claude has credit again and its circuit is reset: Claude answers")
        self._simulator.heal()
        reset(["claude"], by="demo")
        self._expect("claude", self._ask(QUESTIONS[4]))

    def _ask(self, question: str) -> Answer:
        request = ChatRequest(messages=(message(Role.USER, question),), language="fr")
        return complete_sync(request, caller=Caller(consumer="demo", origin="command"))

    def _expect(self, provider: str, answer: Answer) -> None:
        """Records and prints who answered and the calls per vendor. Raises StoryBroken when it was not `provider`."""
        calls = {vendor: self._simulator.calls(vendor) for vendor in VENDORS}
        self.chapters.append(
            Chapter(
                title=self._title,
                provider=answer.provider,
                degraded=answer.degraded,
                elapsed_ms=1000 * answer.elapsed_s,
                calls=calls,
            )
        )
        paint = self._style.WARNING if answer.degraded else self._style.SUCCESS
        first_line = answer.completion.text.strip().partition("\n")[0]
        self._print(
            f"     {paint(answer.provider)} in {milliseconds(1000 * answer.elapsed_s)}: {_shortened(first_line)}"
        )
        self._print("     calls so far: " + ", ".join(f"{vendor} {count}" for vendor, count in calls.items()))
        self._check(answer.provider == provider, f"{answer.provider} answered; expected {provider}")

    def _status_of(self, name: str) -> ProviderStatus:
        return next(provider for provider in current_status_sync().providers if provider.name == name)

    def _chapter(self, title: str) -> None:
        self._title = title
        self._print(f"\n{self._style.MIGRATE_LABEL('  *')} {title}")

    def _check(self, passed: bool, failure: str) -> None:
        if not passed:
            raise StoryBroken(f"{failure} ({self._title!r})")


def _indented(text: str) -> str:
    return "\n".join(f"     {line}" for line in text.splitlines())


def _shortened(text: str, width: int = 76) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
