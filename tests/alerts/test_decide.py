"""Notices by condition: one while it lasts, few while it flaps, and one for its ending."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.alerts.conditions.facts import Facts, ProviderNow, StaticAnswers, Transition
from llm.alerts.conditions.watched import conditions
from llm.alerts.decide import DEFAULT_POLICY, Condition, Decision, Ledger, Notice, Subject, decide
from llm.alerts.events import ENDINGS, Event, Topic
from llm.core.circuit.state import CircuitState
from llm.core.routing.standing import Standing
from llm.services.probes.budget import ProbeBudget

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
CLAUDE = Subject(topic=Topic.PROVIDER, name="claude")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def out(*starts: float, event: Event = Event.PROVIDER_OPENED, rank: int = 0) -> Condition:
    moments = tuple(at(minutes) for minutes in starts)
    return Condition(subject=CLAUDE, on=True, event=event, rank=rank, since=moments[-1], starts=moments)


def well(since: float, *starts: float) -> Condition:
    moments = tuple(at(minutes) for minutes in starts)
    return Condition(subject=CLAUDE, on=False, event=Event.PROVIDER_RECOVERED, since=at(since), starts=moments)


def notified(rounds: Iterable[tuple[float, Condition]]) -> list[tuple[float, Event, int]]:
    """The notices of several rounds: minute, event and count. An empty round precedes them."""
    ledger, notices = decide(Ledger(), (), at(0)).ledger, []
    for minutes, condition in rounds:
        decision = decide(ledger, (condition,), at(minutes))
        ledger = decision.ledger
        notices += [(minutes, notice.event, notice.times) for notice in decision.notices]
    return notices


OPENED, RECOVERED, CREDIT = Event.PROVIDER_OPENED, Event.PROVIDER_RECOVERED, Event.CREDIT_EXHAUSTED

SCENARIOS: dict[str, tuple[list[tuple[float, Condition]], list[tuple[float, Event, int]]]] = {
    "a lasting condition is notified once": (
        [(1, out(1)), (2, out(1)), (60, out(1)), (300, out(1))],
        [(1, OPENED, 1)],
    ),
    "a reminder follows after six hours": (
        [(1, out(1)), (360, out(1)), (361, out(1)), (362, out(1)), (721, out(1))],
        [(1, OPENED, 1), (361, OPENED, 1), (721, OPENED, 1)],
    ),
    "a recovery closes a notified condition": (
        [(1, out(1)), (5, well(4, 1)), (6, well(4, 1))],
        [(1, OPENED, 1), (5, RECOVERED, 1)],
    ),
    "a provider that stays well is not notified": ([(1, well(0)), (2, well(0))], []),
    "an outage between two rounds is one notice": (
        [(2, well(1.5, 1)), (3, well(1.5, 1))],
        [(2, RECOVERED, 1)],
    ),
    "flapping is gathered, with a count": (
        [
            (1, out(1)),
            (2, well(2, 1)),
            (3, out(1, 3)),
            (4, well(4, 1, 3)),
            (5, out(1, 3, 5)),
            (6, well(6, 1, 3, 5)),
            (10, out(1, 3, 5, 10)),
            (11, out(1, 3, 5, 10)),
            (11.5, well(11.5, 1, 3, 5, 10)),
            (12, well(11.5, 1, 3, 5, 10)),
        ],
        [(1, OPENED, 1), (2, RECOVERED, 1), (11, OPENED, 3), (12, RECOVERED, 3)],
    ),
    "flapping that has ended is notified as one recovery": (
        [(1, out(1)), (2, well(2, 1)), (3, out(1, 3)), (4, well(4, 1, 3)), (12, well(4, 1, 3))],
        [(1, OPENED, 1), (2, RECOVERED, 1), (12, RECOVERED, 1)],
    ),
    "exhausted credit is worse than a fault, and notified at once": (
        [(1, out(1)), (2, out(1, event=CREDIT, rank=2)), (3, out(1, event=CREDIT, rank=2)), (4, out(1))],
        [(1, OPENED, 1), (2, CREDIT, 1)],
    ),
    "a refused key is worse than a fault, and notified after the gathering time": (
        [(1, out(1)), (2, out(1, rank=1)), (11, out(1, rank=1)), (30, out(1, rank=1))],
        [(1, OPENED, 1), (11, OPENED, 1)],
    ),
    "a start from a machine whose clock is fast is not notified twice": (
        [(1, out(1.05)), (1.02, well(1.01, 1.05)), (20, well(1.01, 1.05))],
        [(1, OPENED, 1), (1.02, RECOVERED, 1)],
    ),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenarios(scenario: str) -> None:
    rounds, expected = SCENARIOS[scenario]
    assert notified(rounds) == expected


def test_an_outage_that_ended_before_the_first_round_is_not_notified() -> None:
    assert decide(Ledger(), (well(-5, -10),), at(0)).notices == ()


def test_an_outage_at_the_first_round_is_notified() -> None:
    (notice,) = decide(Ledger(), (out(-30),), at(0)).notices
    assert (notice.event, notice.since) == (OPENED, at(-30))


def test_a_provider_that_was_removed_while_out_is_closed_and_forgotten() -> None:
    ledger = decide(Ledger(), (out(0),), at(0)).ledger
    decision = decide(ledger, (), at(1))
    assert [(notice.event, notice.details.reason) for notice in decision.notices] == [(RECOVERED, "removed")]
    assert decide(decision.ledger, (), at(2)) == Decision(ledger=Ledger(began=at(0)))


def test_a_reminder_is_marked_and_has_the_time_of_the_beginning() -> None:
    ledger = decide(Ledger(), (out(0),), at(0)).ledger
    (notice,) = decide(ledger, (replace(out(0), starts=()),), at(360)).notices
    assert notice.reminder
    assert notice.since == at(0)


@given(
    toggles=st.lists(st.floats(0.01, 240), max_size=60, unique=True),
    rounds=st.lists(st.floats(0, 300), min_size=1, max_size=80, unique=True),
)
def test_however_it_flaps_notices_are_spaced_and_the_last_one_is_true(
    toggles: list[float], rounds: list[float]
) -> None:
    toggles = sorted(toggles)
    after = [300 + minutes for minutes in (1, 11, 22)]  # without changes, and further apart than `gather_s`
    ledger, notices = Ledger(), []
    for minutes in [0.0, *sorted(rounds), *after]:
        condition = _flapping(toggles, minutes)
        decision = decide(ledger, (condition,), at(minutes))
        assert decide(decision.ledger, (condition,), at(minutes)).notices == ()
        notices += [(minutes, notice) for notice in decision.notices]
        ledger = decision.ledger
    _are_spaced(notices)
    _open_and_close_in_turn([notice for _, notice in notices])
    line = ledger.line(CLAUDE)
    assert bool(line and line.active) == (len(toggles) % 2 == 1)


def _flapping(toggles: list[float], minutes: float) -> Condition:
    """A provider that fails and recovers alternately at these minutes."""
    past = [toggle for toggle in toggles if toggle <= minutes]
    starts = past[::2]
    return out(*starts) if len(past) % 2 else well(past[-1] if past else 0, *starts)


def _are_spaced(notices: list[tuple[float, Notice]]) -> None:
    gather = DEFAULT_POLICY.gather_s / 60
    for event in Event:
        moments = [minutes for minutes, notice in notices if notice.event is event]
        assert all(later - earlier >= gather - 1e-6 for earlier, later in pairwise(moments))


def _open_and_close_in_turn(notices: list[Notice]) -> None:
    active = False
    for notice in notices:
        assert notice.brief == (notice.ends and not active)
        assert notice.ends or notice.reminder == active
        active = not notice.ends


def now(name: str, **different: object) -> ProviderNow:
    """A provider with a closed circuit; one that is not available with an open one."""
    provider = ProviderNow(
        name=name,
        kind=name,
        own_address=True,
        standing=Standing.ANSWERS,
        available="state" not in different,
        state=CircuitState.CLOSED,
        reason="",
        since=None,
        retry_at=None,
    )
    return replace(provider, **different)  # type: ignore[arg-type]


KEPT_OUT: dict[str, object] = {"standing": Standing.KEPT_OUT, "available": False}


def on(*providers: ProviderNow, **others: object) -> set[Event]:
    facts = Facts(providers=providers, **others)  # type: ignore[arg-type]
    return {condition.event for condition in conditions(facts) if condition.on}


OUT = CircuitState.OPEN


@pytest.mark.parametrize(
    ("providers", "expected"),
    [
        ((now("claude"), now("gemini")), set()),
        ((now("claude", state=OUT, reason="server_error"), now("gemini")), {OPENED}),
        ((now("claude", state=CircuitState.HALF_OPEN, reason="timeout"), now("gemini")), {OPENED}),
        ((now("claude", state=OUT, reason="credit_exhausted"), now("gemini")), {CREDIT}),
        ((now("claude", available=False), now("gemini")), set()),
        ((now("claude", available=False), now("gemini", state=OUT)), {OPENED, Event.ALL_DOWN}),
        ((now("claude", state=OUT, available=True), now("gemini", state=OUT)), {OPENED}),
        ((now("claude", state=OUT, **KEPT_OUT), now("gemini")), set()),
        ((now("claude", state=OUT), now("gemini", **KEPT_OUT)), {OPENED, Event.ALL_DOWN}),
        ((now("claude", **KEPT_OUT), now("gemini", **KEPT_OUT)), {Event.ALL_DOWN}),
        ((), set()),
    ],
)
def test_what_counts_as_trouble(providers: tuple[ProviderNow, ...], expected: set[Event]) -> None:
    assert on(*providers) == expected


def test_static_answers_and_a_spent_budget_are_trouble() -> None:
    static = StaticAnswers(recent=3, first_at=at(0))
    assert on(now("claude"), static=static) == {Event.STATIC_SERVING}
    assert on(now("claude"), budget=ProbeBudget(spent_usd=0.5, limit_usd=0.5)) == {Event.PROBE_BUDGET_SPENT}
    assert on(now("claude"), budget=ProbeBudget(spent_usd=0.4, limit_usd=0.5)) == set()


def test_a_reset_by_an_operator_names_the_operator() -> None:
    steps = [("closed", "open", "gateway"), ("open", "closed", "ada")]
    transitions = tuple(
        Transition(provider="claude", at=at(place), before=CircuitState(before), after=CircuitState(after), by=by)
        for place, (before, after, by) in enumerate(steps)
    )
    condition = conditions(Facts(providers=(now("claude"),), transitions=transitions))[0]
    assert (condition.details.by, condition.starts, condition.since) == ("ada", (at(0),), at(1))


@pytest.mark.parametrize("by", ["gateway", "worker", "llm_healthcheck (ada)", "llm_ask (ada)", "ada"])
def test_an_answer_that_closes_a_circuit_is_no_reset_whoever_asked(by: str) -> None:
    steps = [("closed", "open"), ("open", "half_open"), ("half_open", "closed")]
    transitions = tuple(
        Transition(provider="claude", at=at(place), before=CircuitState(before), after=CircuitState(after), by=by)
        for place, (before, after) in enumerate(steps)
    )
    condition = conditions(Facts(providers=(now("claude"),), transitions=transitions))[0]
    assert (condition.details.by, condition.since) == ("", at(2))


def test_who_may_be_asked_again_without_an_answer_on_record_is_marked() -> None:
    providers = (now("claude", standing=Standing.TO_BE_TRIED), now("gemini"))
    details = conditions(Facts(providers=providers))[2].details
    assert (details.serving, details.to_be_tried) == (("claude", "gemini"), ("claude",))


def test_a_trial_that_fails_is_no_new_outage() -> None:
    steps = [("closed", "open"), ("open", "half_open"), ("half_open", "open")]
    transitions = tuple(
        Transition(
            provider="claude", at=at(place), before=CircuitState(before), after=CircuitState(after), by="gateway"
        )
        for place, (before, after) in enumerate(steps)
    )
    condition = conditions(Facts(providers=(now("claude", state=OUT),), transitions=transitions))[0]
    assert (condition.starts, condition.since) == ((at(0),), at(0))


def test_every_topic_has_an_end() -> None:
    assert set(ENDINGS) == set(Topic)


def test_a_host_leaves_the_journals_of_others_alone_until_they_fall_silent() -> None:
    def journal(host: str, *, on: bool) -> Condition:
        return Condition(subject=Subject(topic=Topic.JOURNAL, name=host), on=on, event=Event.JOURNAL_FAILED)

    first = decide(Ledger(), [journal("a", on=True)], START)
    assert [notice.event for notice in first.notices] == [Event.JOURNAL_FAILED]
    second = decide(first.ledger, [journal("b", on=False)], START + timedelta(hours=1))
    assert second.notices == ()
    assert second.ledger.line(Subject(topic=Topic.JOURNAL, name="a")) is not None
    late = decide(second.ledger, [journal("b", on=False)], START + timedelta(hours=13))
    assert (late.notices, late.ledger.lines) == ((), ())
    back = decide(second.ledger, [journal("a", on=False)], START + timedelta(hours=2))
    assert [notice.event for notice in back.notices] == [Event.JOURNAL_BACK]
