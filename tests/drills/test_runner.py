"""The runner: it reports what was observed in place of a promise, and restores everything."""

import pytest

from llm.core.circuit.state import CircuitState
from llm.drills import CATALOGUE, Drill, Runner
from llm.drills.drill import AcceptOnly, Expectation, SendRequests, SetFaults, StoreKey
from llm.drills.expectations import (
    answered_by,
    answered_within,
    at_most_calls,
    circuit_is,
    none_failed,
    retried_in,
    vendor_calls,
)
from llm.drills.report import VENDORS, Ending, VendorCalls
from llm.models import Provider
from llm.services.status import current_status_sync
from llm.simulator import Fault, FaultName, Simulator

pytestmark = pytest.mark.django_db(transaction=True)

SCENE = "the request"


def _drill(*expects: Expectation) -> Drill:
    acts = (SetFaults(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)), SendRequests(scene=SCENE, times=3))
    return Drill(name="sample", title="A sample", acts=acts, expects=expects)


@pytest.mark.parametrize(
    ("expectation", "observed"),
    [
        (answered_by("claude", SCENE), "3 gemini"),
        (vendor_calls(SCENE, claude=3), "claude 1, gemini 3, openai 0"),
        (at_most_calls("gemini", 2, SCENE), "claude 1, gemini 3, openai 0"),
        (circuit_is("claude", CircuitState.CLOSED, SCENE), "open credit_exhausted"),
        (retried_in("gemini", 1, 2, SCENE), "0 s"),
    ],
    ids=lambda value: value.promise.sentence if isinstance(value, Expectation) else "",
)
def test_a_broken_promise_is_reported_with_what_was_observed(
    expectation: Expectation, observed: str, providers: list[str], sim: Simulator
) -> None:
    report = Runner(sim).play(_drill(expectation))
    assert not report.passed
    assert report.failures == f"{expectation.promise.sentence}: {observed}"


def test_a_slow_answer_and_a_missing_one_are_noticed(providers: list[str], sim: Simulator) -> None:
    faults = (SetFaults(vendor=name, faults=(Fault(name=FaultName.CUT, chunks=1),)) for name in VENDORS)
    acts = (*faults, SendRequests(scene=SCENE, stream=True))
    drill = Drill(name="sample", title="A sample", acts=acts, expects=(none_failed(SCENE), answered_within(0.0, SCENE)))
    report = Runner(sim).play(drill)
    assert [bool(expectation.observed) for expectation in report.expectations] == [True, True]
    assert report.scene(SCENE).results[0].ending is Ending.CUT


def test_the_report_counts_answers_and_calls(providers: list[str], sim: Simulator) -> None:
    report = Runner(sim).play(_drill(answered_by("gemini", SCENE)))
    assert report.passed
    assert report.scene(SCENE).answers == "3 gemini"
    assert report.scene(SCENE).calls == VendorCalls(claude=1, gemini=3)


def test_keys_and_circuits_are_restored(providers: list[str], sim: Simulator) -> None:
    before = Provider.objects.get(name="claude").api_key_encrypted
    acts = (
        AcceptOnly(vendor="claude", key="another-key"),
        StoreKey(provider="claude", key="not-it-either"),
        SendRequests(scene=SCENE),
    )
    report = Runner(sim).play(Drill(name="sample", title="A sample", acts=acts, expects=()))
    assert report.scene(SCENE).answers == "1 gemini"
    assert Provider.objects.get(name="claude").api_key_encrypted == before
    assert [provider.state for provider in current_status_sync().providers] == ["closed"] * 3
    assert sim.calls("claude") == 0


def test_a_drill_that_cannot_be_played_here_is_skipped_with_the_reason(providers: list[str], sim: Simulator) -> None:
    runner = Runner(sim)
    assert "REDIS_URL" in runner.play(CATALOGUE["redis_gone_and_back"]).skipped
    assert "processes" in runner.play(CATALOGUE["down_for_a_minute"]).skipped


def test_every_scene_that_an_expectation_names_is_played() -> None:
    for drill in CATALOGUE.values():
        scenes = [act.scene for act in drill.acts if isinstance(act, SendRequests)]
        assert len(scenes) == len(set(scenes))
        for expectation in drill.expects:
            assert expectation.promise.scene in scenes, drill.name
