"""Asks a model the questions, one after another, within a cent and a minute. Each request is recorded as a probe."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal

from django.core.cache import cache
from django.utils.translation import gettext, gettext_noop

from llm.core.calls import AttemptReason, Caller, CallInfo, CallOptions, CallStatus
from llm.core.chat.response import Completion, Usage
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.routing.config import ProviderConfig
from llm.core.routing.plan import Plan, RoutePolicy, Stop
from llm.gateway.context import CallContext
from llm.gateway.ports import ProviderAdapter
from llm.gateway.router import ProviderAnswer, Unanswered
from llm.ids import uuid7
from llm.services import portal
from llm.services.calls import admission
from llm.services.calls.record import answer_of, record_of
from llm.services.catalogue.capabilities.questions import QUESTIONS, Question
from llm.services.catalogue.capabilities.report import CapabilityReport, Finding, Probe, ProbeFinding
from llm.services.catalogue.drafts import Draft, InvalidDraft, config_of
from llm.services.runtime import build_adapter, call_log, clock, import_sdks, runtime
from llm.stores import prices
from llm.stores.config.snapshot import config_store
from llm.stores.probe_costs import PROBE

LIMIT_USD = Decimal("0.01")
LIMIT_S = 60.0
EACH_S = 15.0
MOST_TOKENS, LEAST_TOKENS = 512, 16
"""Output tokens of one answer; a reasoning model thinks before it."""
NO_MONEY = gettext_noop("It would cost more than a cent together with the others.")
NO_TIME = gettext_noop("There was no time left of the minute.")
NOT_ASKED = gettext_noop("Not asked, since it gave no text.")
KEPT_S = 600
"""For how long a report serves again, in seconds: who tests and then saves pays once."""
REFUSALS = frozenset({ErrorClass.INVALID_REQUEST, ErrorClass.CONTENT_FILTERED})
"""Failures that say that the model lacks what was asked; others say nothing of it."""


@dataclass(slots=True)
class Purse:
    """What may still be spent. A model without a known price is bounded by its tokens alone."""

    kind: str
    model: str
    price_id: str
    left: Decimal = LIMIT_USD
    spent: Decimal | None = Decimal(0)
    tokens: int = 0

    def room(self, question: Question, questions_left: int) -> int:
        """The output tokens that a fair share of the rest pays for; 0 when it pays for too few."""
        most = self._cost(Usage(input=question.input_tokens, output=MOST_TOKENS))
        if most is None:
            return MOST_TOKENS
        share = self.left / questions_left
        asked = self._cost(Usage(input=question.input_tokens)) or Decimal(0)
        each = (most - asked) / MOST_TOKENS
        tokens = int((share - asked) / each) if each > 0 else MOST_TOKENS
        return 0 if tokens < LEAST_TOKENS else min(tokens, MOST_TOKENS)

    def pay(self, usage: Usage) -> None:
        """Takes what a request has used."""
        self.tokens += usage.total
        cost = self._cost(usage) if usage.total else Decimal(0)
        self.spent = None if cost is None or self.spent is None else self.spent + cost
        self.left -= cost or Decimal(0)

    def _cost(self, usage: Usage) -> Decimal | None:
        return prices.cost(self.kind, self.model, usage, price_id=self.price_id)


async def test(draft: Draft, *, by: str) -> CapabilityReport:
    """The report on the draft's model; `by` names who asked. A report of the last ten minutes serves again.

    Raises InvalidDraft when no model is chosen, NotAdmitted when a limit or budget refuses. What the vendor does wrong
    stands in the report.
    """
    if not draft.model:
        raise InvalidDraft("model", gettext("Choose a model."))
    kept = await cache.aget(_kept_as(draft))
    if isinstance(kept, CapabilityReport):
        return kept
    report = await _Tested(draft, by).run()
    if report.usable:
        await cache.aset(_kept_as(draft), report, KEPT_S)
    return report


test.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it by its name


def test_sync(draft: Draft, *, by: str) -> CapabilityReport:
    """`test` for threads without a running event loop."""
    return portal.run(lambda: test(draft, by=by))


test_sync.__test__ = False  # type: ignore[attr-defined]


def _kept_as(draft: Draft) -> str:
    return f"llm-catalogue-report:{draft.digest}"


class _OwnCircuits:
    """Closed for every provider: a draft has no circuit, and leaves none."""

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        return {}

    async def change(self, provider: str, step: Callable[[Circuit], Circuit], *, by: str = "gateway") -> Circuit:
        return step(Circuit())


class _Tested:
    """One draft under test."""

    def __init__(self, draft: Draft, by: str) -> None:
        self._by = by
        self._config: ProviderConfig = config_of(draft)
        candidate = self._config.candidate
        self._purse = Purse(candidate.kind, candidate.model, draft.preset.price_id)
        self._started = clock.monotonic()
        self._found: dict[Probe, ProbeFinding] = {}

    async def run(self) -> CapabilityReport:
        await asyncio.to_thread(import_sdks, (self._config.candidate.kind,))
        adapter = build_adapter(self._config)
        failure: Failure | None = None
        try:
            for place, question in enumerate(QUESTIONS):
                failed = await self._ask(question, len(QUESTIONS) - place, adapter)
                if place == 0 and self._found[Probe.TEXT].finding is not Finding.YES:
                    failure = failed
                    break
        finally:
            await adapter.close()
        return CapabilityReport(
            model=self._config.candidate.model,
            findings=tuple(
                self._found.get(probe) or ProbeFinding(probe=probe, finding=Finding.UNCLEAR, detail=NOT_ASKED)
                for probe in Probe
            ),
            cost_usd=self._purse.spent,
            tokens=self._purse.tokens,
            elapsed_s=round(clock.monotonic() - self._started, 3),
            failure=failure,
        )

    async def _ask(self, question: Question, questions_left: int, adapter: ProviderAdapter) -> Failure | None:
        """Asks one question and notes what it tells; the failure, if there was one."""
        tokens, left_s = self._purse.room(question, questions_left), LIMIT_S - (clock.monotonic() - self._started)
        if not tokens:
            self._unclear(question, NO_MONEY)
            return None
        if left_s < 1:
            self._unclear(question, NO_TIME)
            return None
        started = clock.monotonic()
        answer = await self._answer(question, tokens, min(EACH_S, left_s), adapter)
        ms = round(1000 * (clock.monotonic() - started), 1)
        if isinstance(answer, Completion):
            self._purse.pay(answer.usage)
            for probe, finding, detail in question.read(answer):
                self._found[probe] = ProbeFinding(probe=probe, finding=finding, detail=detail, ms=ms)
            return None
        self._purse.pay(answer.usage)
        finding = Finding.NO if answer.error_class in REFUSALS else Finding.UNCLEAR
        if answer.used_up and question.probes == (Probe.TEXT,):
            finding = Finding.YES  # a reasoning model that had no room for the word shows that it works
        for probe in question.probes:
            detail = f"{answer.error_class}: {answer.message}"[:300]
            self._found[probe] = ProbeFinding(probe=probe, finding=finding, detail=detail, ms=ms)
        return answer

    def _unclear(self, question: Question, why: str) -> None:
        for probe in question.probes:
            self._found[probe] = ProbeFinding(probe=probe, finding=Finding.UNCLEAR, detail=why)

    async def _answer(
        self, question: Question, tokens: int, limit_s: float, adapter: ProviderAdapter
    ) -> Completion | Failure:
        """One recorded call past every circuit, to this provider alone."""
        context = self._context(question, tokens, limit_s)
        await self._admit(context)
        router = runtime().router_of(adapter_for=lambda _: adapter, circuits=_OwnCircuits())
        try:
            async with aclosing(router.run(context)) as events:
                async for event in events:
                    if isinstance(event, ProviderAnswer):
                        answer = answer_of(context, event.completion, event.provider)
                        await call_log.write(record_of(context, CallStatus.OK, answer=answer))
                        return event.completion
        except Unanswered as end:
            await call_log.write(record_of(context, CallStatus.FAILED, failure=end.failure))
            return end.failure or Failure(error_class=ErrorClass.UNKNOWN, message="it was not asked")
        finally:
            admission.end(context)
        raise AssertionError("the router answers or raises")

    async def _admit(self, context: CallContext) -> None:
        """Reserves the question's worst case on every limit and budget that applies. Raises NotAdmitted."""
        plan = context.plan

        async def same() -> Plan:
            return plan

        await admission.admit(context, await config_store.current(), same)

    def _context(self, question: Question, tokens: int, limit_s: float) -> CallContext:
        started_at, started = clock.now(), clock.monotonic()
        call_id = str(uuid7(started_at))
        candidate = self._config.candidate
        stop = Stop(candidate=candidate, reason=AttemptReason.TEST, generation=0)
        return CallContext(
            call=CallInfo(
                id=call_id,
                request_id=call_id,
                route="default",
                caller=Caller(origin=PROBE, consumer=self._by),
                stream=question.stream,
                started_at=started_at,
            ),
            request=replace(question.request, max_tokens=tokens),
            options=CallOptions(static=False, deadline_s=limit_s, only=candidate.name),
            route=RoutePolicy(deadline_s=limit_s),
            started=started,
            deadline=started + limit_s,
            plan=Plan(stops=(stop,), skips=(), first=candidate.name),
        )
