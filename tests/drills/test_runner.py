"""The runner itself: a broken promise is told with what was seen instead, and nothing is left behind."""

import pytest

from llm.drills import CATALOGUE, Drill, Runner
from llm.drills.drill import AcceptOnly, Ask, Break, Expectation, GiveKey
from llm.drills.expecting import answered_by, asked_again_in, nobody_fails, saw, saw_at_most, stands, within
from llm.drills.report import VENDORS, Calls, Ending
from llm.models import Provider
from llm.services.status import current_status_sync
from llm.simulator import Fault, FaultName, Simulator

pytestmark = pytest.mark.django_db(transaction=True)

SCENE = "the request"


def _drill(*expects: Expectation) -> Drill:
    acts = (Break(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)), Ask(scene=SCENE, times=3))
    return Drill(name="sample", title="A sample", acts=acts, expects=expects)


@pytest.mark.parametrize(
    ("expectation", "seen"),
    [
        (answered_by("claude", SCENE), "3 gemini"),
        (saw(SCENE, claude=3), "claude 1, gemini 3, openai 0"),
        (saw_at_most("gemini", 2, SCENE), "claude 1, gemini 3, openai 0"),
        (stands("claude", "closed", SCENE), "open credit_exhausted"),
        (asked_again_in("gemini", 1, 2, SCENE), "at once"),
    ],
    ids=lambda value: value.says if isinstance(value, Expectation) else "",
)
def test_a_broken_promise_is_told_with_what_was_seen(
    expectation: Expectation, seen: str, providers: list[str], sim: Simulator
) -> None:
    report = Runner(sim).play(_drill(expectation))
    assert not report.held
    assert report.broken == f"{expectation.says}: {seen}"


def test_a_slow_answer_and_a_missing_one_are_noticed(providers: list[str], sim: Simulator) -> None:
    breaks = (Break(vendor=name, faults=(Fault(name=FaultName.CUT, chunks=1),)) for name in VENDORS)
    acts = (*breaks, Ask(scene=SCENE, stream=True))
    drill = Drill(name="sample", title="A sample", acts=acts, expects=(nobody_fails(SCENE), within(0.0, SCENE)))
    report = Runner(sim).play(drill)
    assert [bool(verdict.otherwise) for verdict in report.verdicts] == [True, True]
    assert report.scene(SCENE).got[0].ending is Ending.CUT


def test_the_report_counts_answers_and_calls(providers: list[str], sim: Simulator) -> None:
    report = Runner(sim).play(_drill(answered_by("gemini", SCENE)))
    assert report.held
    assert report.scene(SCENE).answers == "3 gemini"
    assert report.scene(SCENE).calls == Calls(claude=1, gemini=3)


def test_nothing_is_left_behind(providers: list[str], sim: Simulator) -> None:
    before = Provider.objects.get(name="claude").api_key_encrypted
    acts = (
        AcceptOnly(vendor="claude", key="another-key"),
        GiveKey(provider="claude", key="not-it-either"),
        Ask(scene=SCENE),
    )
    report = Runner(sim).play(Drill(name="sample", title="A sample", acts=acts, expects=()))
    assert report.scene(SCENE).answers == "1 gemini"
    assert Provider.objects.get(name="claude").api_key_encrypted == before
    assert [provider.state for provider in current_status_sync().providers] == ["closed"] * 3
    assert sim.calls("claude") == 0


def test_what_cannot_be_played_here_is_skipped_with_the_reason(providers: list[str], sim: Simulator) -> None:
    runner = Runner(sim)
    assert "REDIS_URL" in runner.play(CATALOGUE["redis_gone_and_back"]).skipped
    assert "processes" in runner.play(CATALOGUE["down_for_a_minute"]).skipped


def test_every_scene_that_an_expectation_speaks_of_is_played() -> None:
    for drill in CATALOGUE.values():
        scenes = [act.scene for act in drill.acts if isinstance(act, Ask)]
        assert len(scenes) == len(set(scenes))
        for expectation in drill.expects:
            assert expectation.says.partition(":")[0] in scenes, drill.name
