"""Overrides in the plan: providers kept out, providers forced closed, and the end of an override."""

from datetime import timedelta

import pytest

from llm.core.calls import AttemptReason
from llm.core.circuit.override import Action, Mode, Override
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass
from tests.core.routing.test_plan import NAMES, NOW, candidate, names, open_until, plan, reasons

LATER = NOW + timedelta(minutes=30)


def override_of(mode: Mode, *, until_s: float | None = None, reason: str = "") -> Override:
    until = None if until_s is None else NOW + timedelta(seconds=until_s)
    return Override(mode=mode, by="ada", at=NOW - timedelta(hours=1), until=until, reason=reason)


def chain(mode: Mode, **more: float | None) -> list:
    return [candidate("claude", override=override_of(mode, **more)), candidate("gemini"), candidate("openai")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (Mode.DISABLE, "disabled_by_operator"),
        (Mode.FORCE_OPEN, "forced_open"),
        (Mode.DRAIN, "draining"),
    ],
)
def test_a_provider_that_is_kept_out_is_skipped_with_the_operators_code(mode: Mode, code: str) -> None:
    result = plan(chain(mode))
    assert names(result) == ["gemini", "openai"]
    assert reasons(result) == {"claude": code}


def test_the_skip_names_operator_reason_and_end() -> None:
    override = Override(mode=Mode.DRAIN, by="ada", at=NOW, until=LATER, reason="the key is being changed")
    (skip,) = plan([candidate("claude", override=override), candidate("gemini")]).skips
    assert skip.detail == "drained by ada until 2026-11-23 12:30:00 UTC: the key is being changed"
    assert skip.until == LATER


def test_without_an_end_or_a_reason_the_sentence_is_short() -> None:
    assert override_of(Mode.DISABLE).sentence == "disabled by ada"


@pytest.mark.parametrize("mode", Mode)
def test_an_expired_override_changes_nothing(mode: Mode) -> None:
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
def test_a_provider_that_is_forced_closed_keeps_its_place_in_every_state_of_its_circuit(circuit: Circuit) -> None:
    result = plan(chain(Mode.FORCE_CLOSED), {"claude": circuit})
    first = result.stops[0]
    assert names(result) == list(NAMES)
    assert (first.reason, first.detail, first.generation) == (
        AttemptReason.FORCED_CLOSED,
        "forced closed by ada",
        circuit.generation,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"has_key": False}, "no_key"), ({"enabled": False}, "disabled"), ({"context_window": 9}, "context_window")],
)
def test_a_provider_that_is_forced_closed_still_needs_a_key_and_a_large_enough_window(
    change: dict[str, object], reason: str
) -> None:
    result = plan([candidate("claude", override=override_of(Mode.FORCE_CLOSED), **change), candidate("gemini")])
    assert (names(result), reasons(result)) == (["gemini"], {"claude": reason})


def test_a_provider_that_is_kept_out_is_never_the_last_resort() -> None:
    result = plan(chain(Mode.FORCE_OPEN, until_s=5), {name: open_until(9 + place) for place, name in enumerate(NAMES)})
    assert [(s.candidate.name, s.reason) for s in result.stops] == [("gemini", AttemptReason.LAST_RESORT)]


def test_when_all_are_kept_out_the_first_end_is_the_retry_time() -> None:
    ends = dict(zip(NAMES, (30, 10, None), strict=True))
    result = plan([candidate(name, override=override_of(Mode.DRAIN, until_s=end)) for name, end in ends.items()])
    assert result.stops == ()
    assert result.retry_at == NOW + timedelta(seconds=10)


def test_a_test_ignores_the_override() -> None:
    assert plan(chain(Mode.DISABLE), only="claude").stops[0].reason is AttemptReason.TEST


def test_only_modes_last() -> None:
    assert {str(action) for action in Action if action.lasts} == {str(mode) for mode in Mode}
