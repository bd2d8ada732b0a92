"""Whether a provider answers now: a table of all standings, and agreement with the plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.calls import AttemptReason, CallOptions
from llm.core.circuit.override import Mode, Override
from llm.core.circuit.state import Circuit, CircuitState, after_change, begin_trial, reset
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.routing.plan import Candidate, Needs, RandomDraws, RoutePolicy, make_plan
from llm.core.routing.standing import NOT_IN_SERVICE, PHRASES, PROVEN, Standing, overall, standing_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLAUDE = Candidate(name="claude", kind="claude", model="claude-1", account="key-1")
NEW = Circuit()
ANSWERED = Circuit(answered_account="key-1")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def is_open(until: float | None, reason: ErrorClass = ErrorClass.SERVER_ERROR, **more: object) -> Circuit:
    end = None if until is None else at(until)
    return Circuit(state=CircuitState.OPEN, generation=1, reason=reason, since=at(-60), until=end, **more)  # type: ignore[arg-type]


def half_open(**more: object) -> Circuit:
    return Circuit(state=CircuitState.HALF_OPEN, generation=2, reason=ErrorClass.TIMEOUT, since=at(-1), **more)  # type: ignore[arg-type]


def under(mode: Mode, until: float | None = None, **more: object) -> Candidate:
    end = None if until is None else at(until)
    return replace(CLAUDE, override=Override(mode=mode, by="ada", at=at(-60), until=end), **more)


NO_KEY = replace(CLAUDE, has_key=False)
OFF = replace(CLAUDE, enabled=False)
FORCED = under(Mode.FORCE_CLOSED)
LEASED = {"trial_holder": "another call", "trial_until": at(30)}

TABLE: list[tuple[Candidate, Circuit, Standing, bool, float | None]] = [
    # candidate, circuit -> standing, available, seconds to the end of its wait
    (CLAUDE, ANSWERED, Standing.ANSWERS, True, None),
    (CLAUDE, NEW, Standing.TO_BE_TRIED, True, None),
    (CLAUDE, Circuit(answered_account="key-0"), Standing.TO_BE_TRIED, True, None),
    (replace(CLAUDE, account=""), NEW, Standing.TO_BE_TRIED, True, None),
    (CLAUDE, replace(ANSWERED, ramping=True, since=at(-1)), Standing.RETURNING, True, None),
    (CLAUDE, replace(ANSWERED, ramping=True, since=at(-60)), Standing.ANSWERS, True, None),
    (CLAUDE, replace(ANSWERED, throttled_until=at(9)), Standing.WAITS, False, 9),
    (CLAUDE, replace(ANSWERED, throttled_until=at(-1)), Standing.ANSWERS, True, None),
    (CLAUDE, is_open(9), Standing.WAITS, False, 9),
    (CLAUDE, is_open(9, throttled_until=at(20)), Standing.WAITS, False, 20),
    (CLAUDE, is_open(9, ErrorClass.CREDIT_EXHAUSTED), Standing.WAITS, False, 9),
    (CLAUDE, is_open(0), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, is_open(-9), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, is_open(None), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, is_open(-9, **LEASED), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, is_open(-9, ErrorClass.CREDIT_EXHAUSTED), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, half_open(), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, half_open(**LEASED), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, half_open(answered_account="key-1", trial_successes=1), Standing.TO_BE_TRIED, False, None),
    (CLAUDE, is_open(9, ErrorClass.AUTH), Standing.OUT, False, 9),
    (CLAUDE, is_open(-9, ErrorClass.PERMISSION), Standing.OUT, False, None),
    (CLAUDE, is_open(9, ErrorClass.MODEL_NOT_FOUND, account="key-1"), Standing.OUT, False, 9),
    (CLAUDE, is_open(9, ErrorClass.AUTH, account="key-0"), Standing.TO_BE_TRIED, True, None),
    (NO_KEY, ANSWERED, Standing.NO_KEY, False, None),
    (NO_KEY, is_open(9), Standing.NO_KEY, False, None),
    (OFF, ANSWERED, Standing.DISABLED, False, None),
    (under(Mode.DRAIN, enabled=False), ANSWERED, Standing.DISABLED, False, None),
    (under(Mode.DRAIN), ANSWERED, Standing.KEPT_OUT, False, None),
    (under(Mode.DISABLE, 60), is_open(9), Standing.KEPT_OUT, False, 60),
    (under(Mode.FORCE_OPEN), ANSWERED, Standing.KEPT_OUT, False, None),
    (under(Mode.DRAIN, has_key=False), ANSWERED, Standing.KEPT_OUT, False, None),
    (under(Mode.DRAIN, -1), ANSWERED, Standing.ANSWERS, True, None),
    (FORCED, ANSWERED, Standing.ANSWERS, True, None),
    (FORCED, NEW, Standing.TO_BE_TRIED, True, None),
    (FORCED, is_open(9), Standing.TO_BE_TRIED, True, None),
    (FORCED, is_open(9, ErrorClass.AUTH), Standing.TO_BE_TRIED, True, None),
    (FORCED, replace(ANSWERED, throttled_until=at(9)), Standing.TO_BE_TRIED, True, None),
    (replace(FORCED, has_key=False), ANSWERED, Standing.NO_KEY, False, None),
]


@pytest.mark.parametrize(("candidate", "circuit", "standing", "available", "wait_s"), TABLE)
def test_every_standing(
    candidate: Candidate, circuit: Circuit, standing: Standing, available: bool, wait_s: float | None
) -> None:
    found = standing_of(candidate, circuit, NOW)
    assert (found.standing, found.available) == (standing, available)
    assert found.retry_at == (None if wait_s is None else at(wait_s))
    assert found.in_service == (standing not in NOT_IN_SERVICE)
    assert found.detail


@pytest.mark.parametrize(
    ("candidate", "circuit", "state", "reason"),
    [
        (CLAUDE, ANSWERED, "closed", None),
        (CLAUDE, replace(ANSWERED, throttled_until=at(9)), "closed", "rate_limited"),
        (CLAUDE, is_open(9, ErrorClass.CREDIT_EXHAUSTED), "open", "credit_exhausted"),
        (CLAUDE, is_open(-9), "open", "server_error"),
        (CLAUDE, half_open(), "half_open", "timeout"),
        (CLAUDE, Circuit(state=CircuitState.OPEN, until=at(9)), "open", None),
        (OFF, is_open(9), "disabled", None),
        (NO_KEY, ANSWERED, "closed", "no_key"),
        (under(Mode.DRAIN), ANSWERED, "disabled", "draining"),
        (under(Mode.DISABLE), ANSWERED, "disabled", "disabled_by_operator"),
        (under(Mode.FORCE_OPEN), ANSWERED, "open", "forced_open"),
        (FORCED, is_open(9), "closed", None),
    ],
)
def test_state_and_reason(candidate: Candidate, circuit: Circuit, state: str, reason: str | None) -> None:
    found = standing_of(candidate, circuit, NOW)
    assert (found.state, found.reason) == (state, reason)


class TestTheAnswerOnRecord:
    def see(self, circuit: Circuit, error: ErrorClass | None = None, holder: str = "", after: float = 0) -> Circuit:
        failure = Failure(error_class=error, message="no") if error else None
        seen = Observation(at=at(after), generation=circuit.generation, failure=failure, account="key-1", holder=holder)
        return observe(circuit, seen)

    def standing(self, circuit: Circuit, after: float = 0) -> Standing:
        return standing_of(CLAUDE, circuit, at(after)).standing

    def test_the_first_answer_makes_it_answer(self) -> None:
        assert self.standing(self.see(NEW)) is Standing.ANSWERS

    def test_a_failure_below_the_threshold_changes_nothing(self) -> None:
        assert self.standing(self.see(NEW, ErrorClass.TIMEOUT)) is Standing.TO_BE_TRIED
        assert self.standing(self.see(ANSWERED, ErrorClass.TIMEOUT)) is Standing.ANSWERS

    def test_a_reset_is_no_answer(self) -> None:
        circuit = reset(self.see(ANSWERED, ErrorClass.CREDIT_EXHAUSTED), at(1))
        assert (circuit.state, self.standing(circuit, 1)) == (CircuitState.CLOSED, Standing.TO_BE_TRIED)

    def test_an_outage_and_its_end(self) -> None:
        circuit = ANSWERED
        for _ in range(5):
            circuit = self.see(circuit, ErrorClass.CONNECTION)
        assert self.standing(circuit) is Standing.WAITS
        for call in ("call-1", "call-2"):
            assert self.standing(circuit, 20) is Standing.TO_BE_TRIED
            circuit = self.see(begin_trial(circuit, call, at(20)), holder=call, after=20)
        assert self.standing(circuit, 21) is Standing.RETURNING
        assert self.standing(circuit, 40) is Standing.ANSWERS


CIRCUITS = st.builds(
    Circuit,
    state=st.sampled_from(CircuitState),
    reason=st.sampled_from([None, *ErrorClass]),
    since=st.sampled_from([None, at(-60), at(-3)]),
    until=st.sampled_from([None, at(-1), NOW, at(1)]),
    throttled_until=st.sampled_from([None, at(-1), at(1)]),
    trial_holder=st.sampled_from(["", "another call"]),
    trial_until=st.sampled_from([None, at(-1), at(1)]),
    ramping=st.booleans(),
    account=st.sampled_from(["", "key-0", "key-1"]),
    answered_account=st.sampled_from(["", "key-0", "key-1"]),
)
OVERRIDES = st.none() | st.builds(
    Override,
    mode=st.sampled_from(Mode),
    by=st.just("ada"),
    at=st.just(at(-60)),
    until=st.sampled_from([None, at(-1), at(1)]),
)
CANDIDATES = st.builds(replace, st.just(CLAUDE), enabled=st.booleans(), has_key=st.booleans(), override=OVERRIDES)


@given(candidate=CANDIDATES, circuit=CIRCUITS, ramp=st.floats(0, 0.99))
def test_the_standing_agrees_with_the_plan(candidate: Candidate, circuit: Circuit, ramp: float) -> None:
    found = standing_of(candidate, circuit, NOW)
    plan = make_plan(
        {"claude": candidate},
        {"claude": after_change(circuit, candidate.account, NOW)},
        Needs(capabilities=frozenset(), input_tokens=10),
        route=RoutePolicy(),
        options=CallOptions(),
        now=NOW,
        draws={"claude": RandomDraws(order=0.5, ramp=ramp)},
    )
    asked = {stop.reason for stop in plan.stops} - {AttemptReason.LAST_RESORT}
    assert found.available == bool(asked - {AttemptReason.TRIAL})
    if AttemptReason.TRIAL in asked:
        assert found.standing is Standing.TO_BE_TRIED
    if found.standing in PROVEN:
        assert found.available


def test_the_overall_status_counts_the_enabled_providers() -> None:
    well, waiting = standing_of(CLAUDE, NEW, NOW), standing_of(CLAUDE, is_open(9), NOW)
    trial, off = standing_of(CLAUDE, is_open(-9), NOW), standing_of(OFF, NEW, NOW)
    assert overall([well, well, off]) == "healthy"
    assert overall([well, waiting]) == overall([well, trial]) == "degraded"
    assert overall([waiting, trial, off]) == overall([off]) == overall([]) == "unavailable"


def test_every_standing_has_its_phrase() -> None:
    assert set(PHRASES) == set(Standing)
    assert len(set(PHRASES.values())) == len(PHRASES)
