"""Recorded calls without one provider: who takes over, how fast, at what cost, and what is left to the static tier."""

from decimal import Decimal

import pytest

from llm.core.calls import CallStatus, Outcome
from llm.core.chat.request import Capability
from llm.core.chat.response import Usage
from llm.core.circuit.override import Mode, Override
from llm.core.routing.plan import Candidate, Member, RoutePolicy
from llm.core.routing.whatif import RecordedCall, RecordedCalls, RecordedTry, WhatIf, evidence_of, replay
from tests.core.routing.test_plan import NAMES, NOW, candidate

TOKENS = Usage(input=1000, output=100, cached=400)


def tried(
    provider: str, duration_ms: float = 500, outcome: Outcome = Outcome.OK, cost: str | None = None
) -> RecordedTry:
    return RecordedTry(
        provider=provider,
        outcome=outcome,
        duration_ms=duration_ms,
        usage=TOKENS if outcome is Outcome.OK else Usage(),
        cost_usd=Decimal(cost) if cost else None,
    )


def call(*tries: RecordedTry, number: int = 1, status: CallStatus = CallStatus.OK, **more: object) -> RecordedCall:
    provider = tries[-1].provider if status is CallStatus.OK else ""
    usual = {"id": f"call-{number}", "route": "default", "stream": False, "status": status, "provider": provider}
    return RecordedCall(**{**usual, "tries": tries, **more})  # type: ignore[arg-type]


def price(candidate: Candidate, usage: Usage) -> Decimal | None:
    """A tenth of a cent a thousand tokens at gemini, three times that at openai."""
    rates = {"gemini": Decimal("0.000001"), "openai": Decimal("0.000003")}
    return rates[candidate.kind] * usage.total if candidate.kind in rates else None


def without(
    down: str,
    calls: list[RecordedCall],
    candidates: list[Candidate] | None = None,
    routes: dict[str, RoutePolicy] | None = None,
) -> WhatIf:
    known = {c.name: c for c in (candidates or [candidate(name) for name in NAMES])}
    return replay(calls, down=down, candidates=known, routes=routes or {}, price=price, now=NOW)


def took_over(found: WhatIf) -> dict[str, float]:
    return {one.provider: one.calls for one in found.substitutes}


CLAUDES = [call(tried("claude", 400, cost="0.004"), number=n) for n in range(10)]
GEMINI_WELL = [call(tried("gemini", 900), number=100 + n, passed_over=frozenset({"claude"})) for n in range(4)]


class TestWhoAnswers:
    def test_the_next_in_line_takes_over(self) -> None:
        found = without("claude", [*CLAUDES, *GEMINI_WELL])
        assert (found.calls, found.moved, found.static_after) == (14, 10, 0)
        assert took_over(found) == {"gemini": 10}

    def test_one_who_answers_half_of_its_calls_hands_the_rest_on(self) -> None:
        failed = [call(tried("gemini", 200, Outcome.FAILED), tried("openai"), number=200 + n) for n in range(4)]
        found = without("claude", [*CLAUDES, *GEMINI_WELL, *failed])
        assert took_over(found) == pytest.approx({"gemini": 5, "openai": 5})

    def test_when_nobody_is_left_the_answer_is_static(self) -> None:
        found = without("claude", CLAUDES, [candidate("claude"), candidate("gemini", enabled=False)])
        assert (took_over(found), found.static_before, found.static_after) == ({}, 0, 10)
        assert found.added_ms is None

    def test_static_answers_of_the_period_stay_static(self) -> None:
        static = call(tried("claude", 100, Outcome.FAILED), status=CallStatus.STATIC, provider="static")
        found = without("claude", [static])
        assert (found.moved, found.static_before, found.static_after) == (0, 1, 1)

    def test_whoever_was_out_at_that_moment_or_failed_in_that_call_is_out(self) -> None:
        skipped = call(tried("claude"), passed_over=frozenset({"gemini"}))
        failed = call(tried("gemini", 100, Outcome.FAILED), tried("claude"), number=2)
        found = without("claude", [skipped, failed])
        assert took_over(found) == {"openai": 2}

    def test_a_stream_goes_to_nobody_who_cannot_stream(self) -> None:
        chain = [candidate("claude"), candidate("gemini", capabilities=frozenset({Capability.TOOLS}))]
        assert without("claude", [call(tried("claude"), stream=True)], chain).static_after == 1
        assert took_over(without("claude", [call(tried("claude"))], chain)) == {"gemini": 1}

    def test_a_long_request_goes_to_nobody_with_a_small_window(self) -> None:
        chain = [candidate("claude"), candidate("gemini", context_window=999), candidate("openai")]
        assert took_over(without("claude", [call(tried("claude"))], chain)) == {"openai": 1}

    def test_the_calls_route_is_followed(self) -> None:
        legal = RoutePolicy(
            name="legal", members=(Member(provider="claude", priority=1), Member(provider="openai", priority=2))
        )
        found = without("claude", [call(tried("claude"), route="legal")], routes={"legal": legal})
        assert took_over(found) == {"openai": 1}

    def test_an_operators_word_of_now_holds(self) -> None:
        drained = candidate("gemini", override=Override(mode=Mode.DRAIN, by="ada", at=NOW))
        found = without("claude", [call(tried("claude"))], [candidate("claude"), drained, candidate("openai")])
        assert took_over(found) == {"openai": 1}

    def test_weights_share_and_the_result_repeats(self) -> None:
        chain = [candidate("claude"), candidate("a", weight=3, priority=50), candidate("b", weight=1, priority=50)]
        calls = [call(tried("claude"), number=n) for n in range(400)]
        shares = took_over(without("claude", calls, chain))
        assert shares["a"] / 400 == pytest.approx(0.75, abs=0.06)
        assert took_over(without("claude", calls, chain)) == shares


class TestTimeAndMoney:
    def test_added_time_is_the_substitutes_median_less_what_the_call_took(self) -> None:
        found = without("claude", [*CLAUDES, *GEMINI_WELL])
        assert (found.added_ms, found.timed) == (pytest.approx(500), pytest.approx(10))

    def test_a_failing_substitute_costs_its_time_too(self) -> None:
        failed = [call(tried("gemini", 200, Outcome.FAILED), tried("openai", 700), number=9)]
        found = without("claude", [CLAUDES[0], *failed])
        assert took_over(found) == {"openai": 1}
        assert found.added_ms == pytest.approx(200 + 700 - 400)

    def test_who_was_never_asked_answers_always_in_an_unknown_time(self) -> None:
        found = without("claude", CLAUDES)
        (gemini,) = found.substitutes
        assert (gemini.calls, gemini.evidence.tries) == (10, 0)
        assert (found.added_ms, found.timed) == (None, 0)

    def test_calls_that_asked_it_in_vain_are_spared_that_time(self) -> None:
        vain = [call(tried("claude", ms, Outcome.FAILED), tried("gemini"), number=ms) for ms in (100, 300)]
        found = without("claude", vain)
        assert (found.moved, found.spared, found.spared_ms) == (0, 2, 200)

    def test_the_same_tokens_are_priced_at_the_substitute_with_a_cold_cache(self) -> None:
        found = without("claude", [*CLAUDES, *GEMINI_WELL])
        assert (found.cost_before_usd, found.cost_after_usd) == (Decimal("0.040"), Decimal("0.0110"))
        assert found.unpriced == 0

    def test_what_has_no_price_is_counted(self) -> None:
        found = without("claude", CLAUDES, [candidate("claude"), candidate("mistral")])
        assert (found.cost_after_usd, found.unpriced) == (0, 10)


class TestEvidence:
    def test_two_tries_at_one_provider_are_one(self) -> None:
        twice = call(tried("claude", 100, Outcome.FAILED), tried("claude", 300))
        assert evidence_of([twice]) == {"claude": RecordedCalls(tries=1, answered=1, answer_ms=400)}

    def test_a_cancelled_try_tells_nothing(self) -> None:
        left = call(tried("claude", 100, Outcome.CANCELLED), status=CallStatus.CANCELLED)
        assert evidence_of([left]) == {}

    def test_medians_are_apart_for_answers_and_failures(self) -> None:
        good = [call(tried("claude", ms)) for ms in (100, 200, 900)]
        bad = [call(tried("claude", 50, Outcome.FAILED), status=CallStatus.FAILED)]
        assert evidence_of([*good, *bad])["claude"] == RecordedCalls(tries=4, answered=3, answer_ms=200, failure_ms=50)

    def test_nothing_of_nothing(self) -> None:
        found = without("claude", [])
        assert (found.calls, found.moved, found.substitutes, found.spared_ms) == (0, 0, (), None)
