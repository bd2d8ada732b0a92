"""What a vendor answers, by the shape of its outage."""

import pytest

from bench.availability.outages import Outage
from bench.availability.vendors import ANSWER_S, ERROR_S, FAILURES, LIST_S, Reply, Shape
from llm.core.failures.policy import ErrorClass
from tests.bench.availability.playing import vendors

OUT = (Outage(10.0, 20.0), Outage(30.0, 40.0))


@pytest.mark.parametrize(
    ("shape", "error_class"),
    [
        (Shape.ERRORS, ErrorClass.OVERLOADED),
        (Shape.SILENCE, ErrorClass.TIMEOUT),
        (Shape.WALLET, ErrorClass.CREDIT_EXHAUSTED),
    ],
)
def test_each_shape_has_the_class_that_the_gateway_sees(shape: Shape, error_class: ErrorClass) -> None:
    assert FAILURES[shape].error_class is error_class


@pytest.mark.parametrize(("time", "is_out"), [(0, False), (10, True), (19, True), (20, False), (35, True), (41, False)])
def test_a_vendor_is_out_from_the_start_of_an_outage_until_its_end(time: float, is_out: bool) -> None:
    assert vendors(claude=OUT).is_out("claude", time) is is_out
    assert not vendors(claude=OUT).is_out("gemini", time)


@pytest.mark.parametrize(
    ("shape", "completion_s", "list_s"),
    [(Shape.ERRORS, ERROR_S, ERROR_S), (Shape.SILENCE, 12.0, 10.0), (Shape.WALLET, ERROR_S, LIST_S)],
)
def test_a_failure_takes_the_time_of_its_shape(shape: Shape, completion_s: float, list_s: float) -> None:
    claude = vendors(shape, claude=OUT)
    assert claude.complete("claude", 15.0, limit_s=12.0) == Reply(completion_s, FAILURES[shape])
    listed = claude.list_models("claude", 15.0, limit_s=10.0)
    assert listed.seconds == list_s
    assert (listed.failure is None) is (shape is Shape.WALLET)


def test_a_vendor_that_is_well_answers() -> None:
    assert vendors(claude=OUT).complete("claude", 25.0, limit_s=12.0) == Reply(ANSWER_S)
    assert vendors(claude=OUT).list_models("claude", 25.0, limit_s=12.0) == Reply(LIST_S)


def test_all_are_out_while_their_outages_overlap() -> None:
    overlapping = vendors(claude=OUT, gemini=(Outage(15.0, 35.0),), openai=(Outage(0.0, 18.0), Outage(34.0, 50.0)))
    assert overlapping.all_out_s() == 3.0 + 1.0
    assert vendors(claude=OUT, gemini=OUT).all_out_s() == 0
