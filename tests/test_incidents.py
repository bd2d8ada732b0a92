"""What keeps happening is a line at its beginning and one with a count at its end."""

import time

from llm.incidents import LONGEST_S, SETTLED_S, Incident
from tests.log_lines import LogLines
from tests.waiting import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_store_that_is_away_is_two_lines() -> None:
    log, clock = LogLines(), Clock()
    incident = Incident("store_away", log, ended="store_back", quiet_s=None, clock=clock)
    incident.over()
    for _ in range(118):
        incident.note(error="OperationalError")
        clock.now += 0.5
        if clock.now < 130:  # a slow store answers in between
            incident.over()
    assert log.lines == [("store_away", {"error": "OperationalError"})]
    clock.now += SETTLED_S
    incident.over()
    incident.over()
    assert log.lines[1:] == [("store_back", {"count": 118, "lasted_s": 58.5})]
    incident.note(error="TimeoutError")
    assert log.events == ["store_away", "store_back", "store_away"]


def test_what_has_no_success_is_over_when_it_is_quiet() -> None:
    log = LogLines()
    incident = Incident("foreign_host", log, quiet_s=1.0)
    for _ in range(3):
        incident.note(host="evil.example")
        time.sleep(0.35)
    assert eventually(lambda: len(log.lines) == 2)
    assert log.events == ["foreign_host", "foreign_host_over"]
    assert log.lines[1][1]["count"] == 3


def test_one_that_goes_on_is_counted_from_time_to_time() -> None:
    log, clock = LogLines(), Clock()
    incident = Incident("foreign_host", log, quiet_s=0.5, clock=clock)
    incident.note()
    clock.now += LONGEST_S
    incident.note()
    assert eventually(lambda: len(log.lines) == 2)
    assert log.lines[1] == ("foreign_host_over", {"count": 2, "lasted_s": LONGEST_S})
