"""An operator's word in the plan: who is kept out, who is asked past the circuit, and when it is over."""

from datetime import timedelta

import pytest

from llm.core.calls import AttemptReason
from llm.core.circuit.override import Action, Mode, Override
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass
from tests.core.routing.test_plan import NAMES, NOW, candidate, names, open_until, plan, reasons

LATER = NOW + timedelta(minutes=30)


def held(mode: Mode, *, until_s: float | None = None, reason: str = "") -> Override:
    until = None if until_s is None else NOW + timedelta(seconds=until_s)
    return Override(mode=mode, by="ada", at=NOW - timedelta(hours=1), until=until, reason=reason)


def chain(mode: Mode, **more: float | None) -> list:
    return [candidate("claude", override=held(mode, **more)), candidate("gemini"), candidate("openai")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (Mode.DISABLE, "disabled_by_operator"),
        (Mode.FORCE_OPEN, "forced_open"),
        (Mode.DRAIN, "draining"),
    ],
)
def test_whoever_is_kept_out_is_passed_over_with_the_operators_code(mode: Mode, code: str) -> None:
    made = plan(chain(mode))
    assert names(made) == ["gemini", "openai"]
    assert reasons(made) == {"claude": code}


def test_the_skip_says_who_why_and_until_when() -> None:
    override = Override(mode=Mode.DRAIN, by="ada", at=NOW, until=LATER, reason="the key is being changed")
    (skip,) = plan([candidate("claude", override=override), candidate("gemini")]).skips
    assert skip.detail == "drained by ada until 2026-11-23 12:30:00 UTC: the key is being changed"
    assert skip.until == LATER


def test_without_an_end_or_a_reason_the_sentence_is_short() -> None:
    assert held(Mode.DISABLE).sentence == "disabled by ada"


@pytest.mark.parametrize("mode", Mode)
def test_an_override_that_is_over_changes_nothing(mode: Mode) -> None:
    assert names(plan(chain(mode, until_s=0))) == list(NAMES)
    assert plan(chain(mode, until_s=0)).stops[0].reason is AttemptReason.FIRST


@pytest.mark.parametrize(
    "circuit",
    [
        open_until(99),
        open_until(99, ErrorClass.CREDIT_EXHAUSTED),
        open_until(99, ErrorClass.AUTH),
        Circuit(throttled_until=LATER),
        Circuit(ramping=True, since=NOW),
        Circuit(),
    ],
)
def test_whoever_is_forced_closed_is_asked_in_its_place_whatever_its_circuit_says(circuit: Circuit) -> None:
    made = plan(chain(Mode.FORCE_CLOSED), {"claude": circuit})
    first = made.stops[0]
    assert names(made) == list(NAMES)
    assert (first.reason, first.detail, first.generation) == (
        AttemptReason.FORCED_CLOSED,
        "forced closed by ada",
        circuit.generation,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"has_key": False}, "no_key"), ({"enabled": False}, "disabled"), ({"context_window": 9}, "context_window")],
)
def test_forcing_closed_does_not_make_up_for_what_is_missing(change: dict[str, object], reason: str) -> None:
    made = plan([candidate("claude", override=held(Mode.FORCE_CLOSED), **change), candidate("gemini")])
    assert (names(made), reasons(made)) == (["gemini"], {"claude": reason})


def test_nobody_who_is_kept_out_is_a_last_resort() -> None:
    made = plan(chain(Mode.FORCE_OPEN, until_s=5), {name: open_until(9 + place) for place, name in enumerate(NAMES)})
    assert [(s.candidate.name, s.reason) for s in made.stops] == [("gemini", AttemptReason.LAST_RESORT)]


def test_when_all_are_kept_out_the_first_end_is_when_to_come_back() -> None:
    ends = dict(zip(NAMES, (30, 10, None), strict=True))
    made = plan([candidate(name, override=held(Mode.DRAIN, until_s=end)) for name, end in ends.items()])
    assert made.stops == ()
    assert made.retry_at == NOW + timedelta(seconds=10)


def test_a_test_goes_past_the_operators_word_too() -> None:
    assert plan(chain(Mode.DISABLE), only="claude").stops[0].reason is AttemptReason.TEST


def test_only_modes_last() -> None:
    assert {str(action) for action in Action if action.lasts} == {str(mode) for mode in Mode}
