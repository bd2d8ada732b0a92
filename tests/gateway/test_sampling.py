"""What the gateway tells of each attempt to the capacities."""

from llm.core.capacity.readings import Reading, Readings
from llm.core.capacity.sample import Ending
from llm.core.failures.policy import ErrorClass
from llm.gateway.sampling import sample_of
from tests.gateway.doubles import ScriptedAdapter, Stage, completion, fails, failure, says

READINGS = Readings(at=1.0, requests=Reading(left=0, limit=10))


def test_each_attempt_is_begun_and_ended_once() -> None:
    stage = Stage(a=ScriptedAdapter(fails(ErrorClass.RATE_LIMITED, limits=READINGS)), b=ScriptedAdapter(says()))
    stage.go(stream=True)
    assert [name for name, _ in stage.capacities.begun] == ["a", "b"]
    (a, refused), (b, answered) = stage.capacities.learned
    assert (a, refused.ending, refused.readings) == ("a", Ending.THROTTLED, READINGS)
    assert (b, answered.ending, answered.input_tokens) == ("b", Ending.ANSWERED, 3)
    assert answered.first_s is not None


def test_only_what_shows_how_much_a_provider_takes_is_learned() -> None:
    endings = {
        error_class: sample_of(failure(error_class), input_tokens=1, first_s=None, whole_s=1.0, is_test=False).ending
        for error_class in ErrorClass
    }
    assert {name for name, ending in endings.items() if ending is not Ending.OTHER} == {
        ErrorClass.RATE_LIMITED,
        ErrorClass.OVERLOADED,
        ErrorClass.TIMEOUT,
    }


def test_a_test_and_a_cancelled_call_tell_nothing_of_speed() -> None:
    test = sample_of(completion(), input_tokens=1, first_s=0.1, whole_s=0.2, is_test=True)
    assert (test.ending, test.first_s) == (Ending.OTHER, None)
    assert sample_of(None, input_tokens=1, first_s=0.1, whole_s=0.2, is_test=False).ending is Ending.OTHER
