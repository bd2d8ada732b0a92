"""The one loop, among doubles: who is asked, how often, in which order, and how a call ends."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from llm.core.calls import CallOptions, Outcome, Started
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import POLICIES, ErrorClass, FallbackRule
from llm.core.routing.plan import RoutePolicy
from llm.gateway.retry_budget import FLOOR
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import Ride, Script, ScriptedAdapter, Stage, fails, failure, says
from tests.gateway.virtual_time import NOON, in_virtual_time

MOVES_ON = sorted(c for c, policy in POLICIES.items() if policy.fallback is FallbackRule.YES)


def stage(first: ScriptedAdapter, circuit: dict[str, Circuit] | None = None) -> Stage:
    """A first provider that behaves as told, and a second one that is well."""
    return Stage(circuit, claude=first, gemini=ScriptedAdapter(says("from gemini")))


def answered_by(ride: Ride) -> str:
    last = ride.events[-1]
    assert isinstance(last, ProviderAnswer)
    return last.provider


class TestOrder:
    def test_the_first_in_line_answers_and_nobody_else_is_asked(self) -> None:
        theatre = stage(ScriptedAdapter(says()))
        ride = theatre.go()
        assert [type(e) for e in ride.events] == [Started, ProviderAnswer]
        assert theatre.asked() == {"claude": 1, "gemini": 0}

    def test_all_are_asked_in_their_order_when_all_fail(self) -> None:
        broke = fails(ErrorClass.CREDIT_EXHAUSTED)
        theatre = Stage(claude=ScriptedAdapter(broke), gemini=ScriptedAdapter(broke), openai=ScriptedAdapter(broke))
        ride = theatre.go()
        assert ride.story == [(name, "credit_exhausted") for name in ("claude", "gemini", "openai")]
        assert ride.end is not None
        assert not ride.end.rejected
        assert not ride.events

    def test_an_attempt_is_announced_before_it_is_made(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.AUTH)))
        theatre.go()
        assert [(a.seq, a.provider, a.outcome) for a in theatre.log.begun] == [
            (1, "claude", Outcome.INTERRUPTED),
            (2, "gemini", Outcome.INTERRUPTED),
        ]

    def test_nobody_on_the_plan_is_an_end_without_a_failure(self) -> None:
        theatre = Stage({"claude": _blocked()}, claude=ScriptedAdapter(says()))
        ride = theatre.go()
        assert ride.end is not None
        assert ride.end.failure is None
        assert theatre.asked() == {"claude": 0}

    @pytest.mark.parametrize("stream", [False, True])
    def test_the_first_event_says_which_attempt_is_speaking(self, *, stream: bool) -> None:
        ride = stage(ScriptedAdapter(fails(ErrorClass.CREDIT_EXHAUSTED))).go(stream=stream)
        assert isinstance(ride.events[0], Started)
        assert (ride.events[0].provider, ride.events[0].attempts) == ("gemini", 2)


class TestPolicy:
    @pytest.mark.parametrize("error", MOVES_ON)
    def test_trouble_of_the_vendor_moves_on(self, error: ErrorClass) -> None:
        assert answered_by(stage(ScriptedAdapter(fails(error))).go()) == "gemini"

    @pytest.mark.parametrize(
        "error", [ErrorClass.OVERLOADED, ErrorClass.SERVER_ERROR, ErrorClass.CONNECTION, ErrorClass.BAD_RESPONSE]
    )
    def test_a_passing_fault_is_tried_once_more_after_a_short_pause(self, error: ErrorClass) -> None:
        theatre = stage(ScriptedAdapter(fails(error), says()))
        ride = theatre.go()
        assert answered_by(ride) == "claude"
        assert theatre.clock.slept == [0.25]
        assert ride.trail.attempts[1].why == f"once more after {error}"

    @pytest.mark.parametrize("error", [ErrorClass.SERVER_ERROR, ErrorClass.BAD_RESPONSE])
    def test_but_not_a_third_time(self, error: ErrorClass) -> None:
        theatre = stage(ScriptedAdapter(fails(error)))
        assert answered_by(theatre.go()) == "gemini"
        assert theatre.asked() == {"claude": 2, "gemini": 1}

    @pytest.mark.parametrize(
        "error",
        [
            ErrorClass.CREDIT_EXHAUSTED,
            ErrorClass.TIMEOUT,
            ErrorClass.AUTH,
            ErrorClass.PERMISSION,
            ErrorClass.MODEL_NOT_FOUND,
            ErrorClass.CONTEXT_LENGTH,
            ErrorClass.CONTENT_FILTERED,
            ErrorClass.INVALID_REQUEST,
            ErrorClass.UNKNOWN,
        ],
    )
    def test_what_cannot_have_passed_is_never_asked_twice(self, error: ErrorClass) -> None:
        theatre = stage(ScriptedAdapter(fails(error)))
        theatre.go()
        assert theatre.asked()["claude"] == 1
        assert theatre.clock.slept == []

    def test_a_short_retry_after_is_waited_out_in_place(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.RATE_LIMITED, retry_after_s=1.5), says()))
        assert answered_by(theatre.go()) == "claude"
        assert theatre.clock.slept == [1.5]

    @pytest.mark.parametrize("retry_after_s", [None, 2.1, 30.0])
    def test_a_long_or_unknown_retry_after_is_not(self, retry_after_s: float | None) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.RATE_LIMITED, retry_after_s=retry_after_s), says()))
        assert answered_by(theatre.go()) == "gemini"
        assert theatre.clock.slept == []

    def test_a_wait_that_does_not_fit_the_deadline_is_not_begun(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.RATE_LIMITED, retry_after_s=1.8), says()))
        theatre.deadline_s = 2.0
        assert answered_by(theatre.go()) == "gemini"

    def test_a_request_that_is_too_long_goes_only_to_a_larger_window(self) -> None:
        too_long = fails(ErrorClass.CONTEXT_LENGTH, context_window=200_000)
        theatre = Stage(claude=ScriptedAdapter(too_long), small=ScriptedAdapter(), large=ScriptedAdapter())
        theatre.window(claude=200_000, small=128_000, large=1_000_000)
        ride = theatre.go()
        assert answered_by(ride) == "large"
        assert ride.skips == [("small", "context_window")]

    def test_a_short_request_that_an_account_finds_too_long_goes_to_a_smaller_window_as_well(self) -> None:
        """Such as beyond its tokens per minute: that says nothing of the next vendor's window."""
        theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.CONTEXT_LENGTH)), small=ScriptedAdapter())
        theatre.window(claude=200_000, small=128_000)
        assert answered_by(theatre.go()) == "small"

    def test_a_request_that_is_too_long_for_all_is_rejected(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.CONTEXT_LENGTH, context_window=128_000)))
        ride = theatre.go()
        assert ride.end is not None
        assert ride.end.rejected
        assert theatre.asked()["gemini"] == 0

    @pytest.mark.parametrize(("away", "rejected"), [(200_000, True), (200_001, False)])
    def test_only_a_larger_window_that_is_away_keeps_a_long_request_from_being_rejected(
        self, *, away: int, rejected: bool
    ) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.CONTEXT_LENGTH)))
        until = NOON + timedelta(seconds=60)
        theatre.circuits.known["gemini"] = Circuit(
            state=CircuitState.OPEN, reason=ErrorClass.CREDIT_EXHAUSTED, until=until
        )
        theatre.window(claude=200_000, gemini=away)
        ride = theatre.go()
        assert ride.end is not None
        assert ride.end.rejected is rejected

    def test_a_refusal_ends_the_call_by_default(self) -> None:
        ride = stage(ScriptedAdapter(fails(ErrorClass.CONTENT_FILTERED))).go()
        assert ride.end is not None
        assert ride.end.rejected

    def test_a_refusal_moves_on_where_the_route_says_so(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.CONTENT_FILTERED)))
        theatre.route = RoutePolicy(next_on_refusal=True)
        assert answered_by(theatre.go()) == "gemini"

    def test_a_refusal_by_all_is_no_fault_of_the_caller_on_such_a_route(self) -> None:
        theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.CONTENT_FILTERED)))
        theatre.route = RoutePolicy(next_on_refusal=True)
        ride = theatre.go()
        assert ride.end is not None
        assert not ride.end.rejected

    def test_a_request_that_one_vendor_calls_invalid_goes_to_one_more(self) -> None:
        assert answered_by(stage(ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST))).go()) == "gemini"

    def test_a_request_that_two_vendors_call_invalid_is_rejected_in_the_first_ones_words(self) -> None:
        first = failure(ErrorClass.INVALID_REQUEST, parameter="tools")
        theatre = Stage(
            claude=ScriptedAdapter(Script((first,))),
            gemini=ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST)),
            openai=ScriptedAdapter(),
        )
        ride = theatre.go()
        assert ride.end is not None
        assert (ride.end.rejected, ride.end.failure) == (True, first)
        assert theatre.asked()["openai"] == 0

    def test_a_failure_between_two_refusals_changes_nothing(self) -> None:
        refusing = ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST))
        theatre = Stage(claude=refusing, gemini=ScriptedAdapter(fails(ErrorClass.AUTH)), openai=refusing)
        ride = theatre.go()
        assert ride.end is not None
        assert ride.end.rejected

    @pytest.mark.parametrize(("away", "rejected"), [(True, False), (False, True)])
    def test_the_refusal_of_the_only_one_that_is_there_is_final_only_when_no_other_may_come_back(
        self, *, away: bool, rejected: bool
    ) -> None:
        theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST)))
        if away:
            theatre = stage(ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST)))
            theatre.circuits.known["gemini"] = Circuit(
                state=CircuitState.OPEN, reason=ErrorClass.CREDIT_EXHAUSTED, until=NOON + timedelta(seconds=60)
            )
        ride = theatre.go()
        assert ride.end is not None
        assert ride.end.rejected is rejected

    def test_what_fails_before_a_byte_is_sent_is_nobodys_failure(self) -> None:
        class Broken(ScriptedAdapter):
            def stream(self, request, *, timeout_s, refused=(), by_sdk=False):  # type: ignore[no-untyped-def]
                raise ValueError("Out of range float values are not JSON compliant")

        theatre = stage(Broken())
        ride = theatre.go()
        assert ride.story == [("claude", "internal"), ("gemini", "ok")]
        assert "claude" not in theatre.circuits.known

    def test_after_a_request_was_too_long_a_window_of_unknown_size_is_asked_too(self) -> None:
        theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.CONTEXT_LENGTH)), local=ScriptedAdapter())
        theatre.window(claude=200_000, local=None)
        assert answered_by(theatre.go()) == "local"

    def test_the_size_that_the_vendor_states_beats_the_one_that_is_configured(self) -> None:
        theatre = Stage(
            claude=ScriptedAdapter(fails(ErrorClass.CONTEXT_LENGTH, context_window=8_192)), small=ScriptedAdapter()
        )
        theatre.window(claude=200_000, small=32_000)
        assert answered_by(theatre.go()) == "small"

    @pytest.mark.parametrize(
        "error", [ErrorClass.INVALID_REQUEST, ErrorClass.CONTEXT_LENGTH, ErrorClass.CONTENT_FILTERED]
    )
    def test_a_callers_fault_leaves_the_circuit_alone(self, error: ErrorClass) -> None:
        theatre = stage(ScriptedAdapter(fails(error)))
        theatre.go()
        assert replace(theatre.circuits.known["claude"], refused=()) == Circuit()


class TestBounds:
    def test_a_call_makes_at_most_five_attempts(self) -> None:
        theatre = Stage(**{name: ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)) for name in "abcdef"})
        ride = theatre.go()
        assert [name for name, _ in ride.story] == ["a", "a", "b", "b", "c"]
        assert ride.end is not None

    def test_a_thousand_failing_calls_are_retried_at_most_a_tenth_of_the_time(self) -> None:
        theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)))

        async def all_calls() -> None:
            for _ in range(1000):
                theatre.circuits.known.clear()  # as if the circuit never opened: the budget alone must hold
                await theatre.ride()

        in_virtual_time(all_calls())
        assert 1000 + 50 <= theatre.asked()["claude"] <= 1000 + 100 + FLOOR

    def test_a_fault_that_opens_the_circuit_is_not_retried(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)), {"claude": Circuit(faults=4)})
        theatre.go()
        assert theatre.asked()["claude"] == 1
        assert theatre.circuits.known["claude"].state is CircuitState.OPEN

    def test_a_circuit_that_opens_during_the_pause_ends_the_retry(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)))
        theatre.clock.on_sleep = lambda: theatre.circuits.known.update(claude=_blocked())
        ride = theatre.go()
        assert answered_by(ride) == "gemini"
        assert theatre.asked()["claude"] == 1
        assert ride.skips == [("claude", "auth")]

    def test_a_circuit_that_opens_meanwhile_is_respected_by_later_stops(self) -> None:
        theatre = Stage(
            claude=ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)), gemini=ScriptedAdapter(), openai=ScriptedAdapter()
        )
        theatre.clock.on_sleep = lambda: theatre.circuits.known.update(gemini=_blocked())
        ride = theatre.go()
        assert answered_by(ride) == "openai"
        assert ride.skips == [("gemini", "auth")]

    def test_a_provider_whose_adapter_cannot_be_built_costs_only_itself(self) -> None:
        theatre = stage(ScriptedAdapter())

        def adapter_for(name: str) -> ScriptedAdapter:
            if name == "claude":
                raise ValueError("its row makes no sense")
            return theatre.adapters[name]

        theatre.adapter_for = adapter_for
        ride = theatre.go()
        assert answered_by(ride) == "gemini"
        assert ride.story[0] == ("claude", "internal")


class TestTrial:
    def test_exactly_one_of_fifty_concurrent_calls_makes_the_trial(self) -> None:
        theatre = stage(ScriptedAdapter(says()), {"claude": _due()})

        async def burst() -> list[Ride]:
            plan = theatre.plan()
            return await asyncio.gather(*(theatre.ride(plan=plan) for _ in range(50)))

        rides = in_virtual_time(burst())
        assert theatre.asked() == {"claude": 1, "gemini": 49}
        assert sorted(answered_by(ride) for ride in rides) == ["claude"] + ["gemini"] * 49
        assert sum(("claude", "trial_taken") in ride.skips for ride in rides) == 49

    def test_a_good_trial_counts_and_gives_the_lease_back(self) -> None:
        theatre = stage(ScriptedAdapter(says()), {"claude": _due()})
        assert theatre.go().trail.attempts[0].why == "half-open trial"
        after = theatre.circuits.known["claude"]
        assert (after.state, after.trial_successes, after.trial_holder) == (CircuitState.HALF_OPEN, 1, "")

    def test_a_trial_after_another_failure_still_says_that_it_is_one(self) -> None:
        theatre = Stage(
            {"gemini": _due()}, claude=ScriptedAdapter(fails(ErrorClass.CREDIT_EXHAUSTED)), gemini=ScriptedAdapter()
        )
        assert theatre.go().trail.attempts[1].why == "half-open trial, after credit_exhausted"

    def test_a_failed_trial_is_not_retried_and_opens_the_circuit_for_longer(self) -> None:
        theatre = stage(ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)), {"claude": _due()})
        theatre.go()
        assert theatre.asked()["claude"] == 1
        after = theatre.circuits.known["claude"]
        assert (after.state, after.trips) == (CircuitState.OPEN, 2)

    def test_a_trial_for_which_no_time_is_left_gives_the_lease_back(self) -> None:
        theatre = Stage({"claude": _due()}, claude=ScriptedAdapter(says()))
        theatre.deadline_s = 0.25
        ride = theatre.go()
        assert ride.skips == [("claude", "deadline")]
        assert theatre.circuits.known["claude"].trial_holder == ""

    def test_a_probe_that_does_not_get_the_lease_asks_nobody(self) -> None:
        leased = replace(_due(), trial_holder="another", trial_until=NOON + timedelta(seconds=30))
        theatre = Stage({"claude": leased}, claude=ScriptedAdapter(says()))
        ride = theatre.go(options=CallOptions(only="claude", leased=True))
        assert ride.skips == [("claude", "trial_taken")]
        assert theatre.asked() == {"claude": 0}

    def test_a_test_goes_past_an_open_circuit(self) -> None:
        theatre = Stage({"claude": _blocked()}, claude=ScriptedAdapter(says()))
        assert answered_by(theatre.go(options=CallOptions(only="claude"))) == "claude"
        assert theatre.circuits.known["claude"].state is CircuitState.HALF_OPEN

    def test_tests_and_probes_go_through_the_vendors_sdk_and_calls_do_not(self) -> None:
        for options in (CallOptions(only="claude"), CallOptions(only="claude", leased=True), CallOptions()):
            for stream in (False, True):
                adapter = ScriptedAdapter(says())
                Stage(claude=adapter).go(options=options, stream=stream)
                assert adapter.by_sdk == [options.only is not None]

    def test_the_last_resort_is_asked_once(self) -> None:
        theatre = Stage({"claude": _open()}, claude=ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)))
        ride = theatre.go()
        assert theatre.asked() == {"claude": 1}
        assert ride.trail.attempts[0].why == "last resort: every circuit is open"
        assert theatre.circuits.known["claude"].until == _open().until


def _open() -> Circuit:
    return Circuit(
        state=CircuitState.OPEN,
        generation=1,
        reason=ErrorClass.SERVER_ERROR,
        since=NOON - timedelta(seconds=5),
        until=NOON + timedelta(seconds=10),
        trips=1,
    )


def _due() -> Circuit:
    return replace(_open(), until=NOON - timedelta(seconds=1))


def _blocked() -> Circuit:
    return replace(_open(), reason=ErrorClass.AUTH)
