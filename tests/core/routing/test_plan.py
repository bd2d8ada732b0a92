"""Who is asked, in which order, and who is passed over and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.calls import AttemptReason, CallOptions
from llm.core.capacity.snapshot import Capacity
from llm.core.chat.request import (
    Capability,
    ChatRequest,
    Document,
    Image,
    Message,
    Output,
    OutputFormat,
    Role,
    Text,
    Tool,
    ToolResult,
    message,
)
from llm.core.circuit.override import Mode, Override
from llm.core.circuit.state import BLOCKS, Circuit, CircuitState
from llm.core.circuit.window import record
from llm.core.failures.policy import ErrorClass
from llm.core.routing.needs import TOKENS_PER_DOCUMENT, Needs, needs_of
from llm.core.routing.plan import (
    Candidate,
    Member,
    Plan,
    RandomDraws,
    RoutePolicy,
    make_plan,
)
from llm.core.routing.strategies.strategy import Strategy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = ("claude", "gemini", "openai")
ALL = RoutePolicy()
NOTHING = Needs(capabilities=frozenset(), input_tokens=10)


def candidate(name: str, **more: object) -> Candidate:
    priority = 10 * (NAMES.index(name) + 1) if name in NAMES else 100
    return Candidate(**{"name": name, "kind": name, "model": f"{name}-1", "priority": priority, **more})  # type: ignore[arg-type]


def open_until(seconds: float, reason: ErrorClass = ErrorClass.SERVER_ERROR) -> Circuit:
    return Circuit(
        state=CircuitState.OPEN, generation=1, reason=reason, since=NOW, until=NOW + timedelta(seconds=seconds)
    )


def busy(calls: int) -> Circuit:
    """A provider that has served so many calls in the last minute."""
    return Circuit(window=record((), NOW.timestamp(), ok=calls))


BUSY = busy(100)


def plan(
    candidates: list[Candidate] | None = None,
    circuit: dict[str, Circuit] | None = None,
    needs: Needs = NOTHING,
    *,
    route: RoutePolicy = ALL,
    draws: dict[str, RandomDraws] | None = None,
    capacities: dict[str, Capacity] | None = None,
    **options: object,
) -> Plan:
    known = {c.name: c for c in (candidates or [candidate(name) for name in NAMES])}
    return make_plan(
        known,
        circuit or {},
        needs,
        route=route,
        options=CallOptions(**options),  # type: ignore[arg-type]
        now=NOW,
        draws=draws or {name: RandomDraws(order=0.5, ramp=0.5) for name in known},
        capacities=capacities or {},
    )


def names(made: Plan) -> list[str]:
    return [stop.candidate.name for stop in made.stops]


def reasons(made: Plan) -> dict[str, str]:
    return {skip.provider: skip.reason for skip in made.skips}


class TestOrder:
    def test_lower_priority_is_asked_first(self) -> None:
        made = plan([candidate("openai"), candidate("gemini"), candidate("claude")])
        assert names(made) == ["claude", "gemini", "openai"]
        assert [stop.reason for stop in made.stops] == ["first", "fallback", "fallback"]

    def test_a_routes_members_have_its_order_and_nobody_else_is_asked(self) -> None:
        members = (Member(provider="openai", priority=1), Member(provider="claude", priority=2))
        assert names(plan(route=RoutePolicy(members=members))) == ["openai", "claude"]

    def test_a_member_that_is_configured_no_more_is_left_out(self) -> None:
        members = (Member(provider="gone", priority=1), Member(provider="claude", priority=2))
        assert names(plan(route=RoutePolicy(members=members))) == ["claude"]

    def test_a_primary_goes_first_whatever_its_priority(self) -> None:
        assert names(plan(primary="openai")) == ["openai", "claude", "gemini"]

    def test_a_primary_need_not_belong_to_the_route(self) -> None:
        members = (Member(provider="claude", priority=1),)
        assert names(plan(route=RoutePolicy(members=members), primary="openai")) == ["openai", "claude"]

    def test_fallbacks_replace_the_rest_of_the_chain(self) -> None:
        assert names(plan(fallbacks=("openai",))) == ["claude", "openai"]
        assert names(plan(fallbacks=())) == ["claude"]
        assert names(plan(primary="gemini", fallbacks=("openai", "claude"))) == ["gemini", "openai", "claude"]

    def test_a_fallback_that_is_named_twice_is_asked_once(self) -> None:
        assert names(plan(fallbacks=("openai", "openai", "claude", "gemini"))) == ["claude", "openai", "gemini"]

    def test_weights_share_the_traffic_of_one_priority(self) -> None:
        pair = [candidate("a", weight=3), candidate("b", weight=1)]
        grid = [(i + 0.5) / 40 for i in range(40)]
        first = [
            names(plan(pair, draws={"a": RandomDraws(order=x, ramp=0), "b": RandomDraws(order=y, ramp=0)}))[0]
            for x in grid
            for y in grid
        ]
        assert first.count("a") / len(first) == pytest.approx(0.75, abs=0.02)

    def test_a_weight_of_nothing_counts_as_one(self) -> None:
        assert sorted(names(plan([candidate("a", weight=0), candidate("b")]))) == ["a", "b"]


class TestSkips:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"enabled": False}, "disabled"),
            ({"has_key": False}, "no_key"),
            ({"capabilities": frozenset({Capability.TOOLS})}, "capability"),
            ({"context_window": 9}, "context_window"),
        ],
    )
    def test_whoever_cannot_serve_is_passed_over(self, change: dict[str, object], reason: str) -> None:
        needs = Needs(capabilities=frozenset({Capability.STREAM}), input_tokens=10)
        made = plan([candidate("claude", **change), candidate("gemini")], needs=needs)
        assert names(made) == ["gemini"]
        assert reasons(made) == {"claude": reason}
        assert made.skips[0].detail

    def test_an_open_circuit_is_passed_over_with_its_time(self) -> None:
        made = plan(circuit={"claude": open_until(12, ErrorClass.CREDIT_EXHAUSTED)})
        assert names(made) == ["gemini", "openai"]
        assert reasons(made) == {"claude": "credit_exhausted"}
        assert made.retry_at == NOW + timedelta(seconds=12)

    def test_a_throttled_provider_waits_for_the_vendors_time(self) -> None:
        made = plan(circuit={"claude": Circuit(throttled_until=NOW + timedelta(seconds=7))})
        assert reasons(made) == {"claude": "rate_limited"}
        assert made.retry_at == NOW + timedelta(seconds=7)

    def test_the_earliest_recovery_is_told(self) -> None:
        circuit = {n: open_until(s, ErrorClass.CREDIT_EXHAUSTED) for n, s in zip(NAMES, (30, 10, 20), strict=True)}
        assert plan(circuit=circuit).retry_at == NOW + timedelta(seconds=10)

    def test_a_circuit_whose_wait_is_over_is_tried_in_its_place(self) -> None:
        made = plan(circuit={"claude": open_until(-1)})
        assert (names(made)[0], made.stops[0].reason) == ("claude", AttemptReason.TRIAL)

    def test_a_returning_provider_takes_its_share_and_serves_the_rest_last(self) -> None:
        circuit = {"claude": Circuit(ramping=True, since=NOW, generation=3), "gemini": BUSY}
        few = plan(circuit=circuit, draws={n: RandomDraws(order=0.5, ramp=0.05) for n in NAMES})
        rest = plan(circuit=circuit, draws={n: RandomDraws(order=0.5, ramp=0.5) for n in NAMES})
        assert names(few) == ["claude", "gemini", "openai"]
        assert names(rest) == ["gemini", "openai", "claude"]

    @pytest.mark.parametrize(("calls", "first"), [(0, "claude"), (60, "claude"), (61, "gemini")])
    def test_where_few_calls_come_a_provider_returns_at_once(self, calls: int, first: str) -> None:
        circuit = {"claude": Circuit(ramping=True, since=NOW), "gemini": busy(calls)}
        assert names(plan(circuit=circuit))[0] == first


class TestFirst:
    """An answer of another provider than `Plan.first` is a fallback, whatever lets that provider answer."""

    @pytest.mark.parametrize(
        ("circuits", "reason"),
        [
            pytest.param({"claude": open_until(30)}, AttemptReason.FALLBACK, id="the first is open"),
            pytest.param(
                {"claude": open_until(30), "gemini": open_until(-1)}, AttemptReason.TRIAL, id="the second on trial"
            ),
            pytest.param(
                {"claude": Circuit(ramping=True, since=NOW), "openai": BUSY},
                AttemptReason.FALLBACK,
                id="the first is ramping",
            ),
        ],
    )
    def test_the_order_names_the_first_whatever_its_circuit(
        self, circuits: dict[str, Circuit], reason: AttemptReason
    ) -> None:
        made = plan(circuit=circuits)
        assert (made.first, names(made)[0], made.stops[0].reason) == ("claude", "gemini", reason)

    def test_also_when_an_operator_forces_the_second_closed(self) -> None:
        forced = Override(mode=Mode.FORCE_CLOSED, by="ada", at=NOW)
        chain = [candidate("claude"), candidate("gemini", override=forced)]
        made = plan(chain, circuit={"claude": open_until(30)})
        assert (made.first, made.stops[0].reason) == ("claude", AttemptReason.FORCED_CLOSED)

    def test_the_callers_primary_is_the_first(self) -> None:
        assert plan(primary="openai").first == "openai"

    def test_without_providers_there_is_none(self) -> None:
        assert plan(route=RoutePolicy(members=(Member(provider="gone", priority=1),))).first is None


class TestLastResort:
    def test_the_circuit_nearest_to_recovery_gets_one_last_try(self) -> None:
        made = plan(circuit={n: open_until(s) for n, s in zip(NAMES, (30, 10, 20), strict=True)})
        assert [(s.candidate.name, s.reason) for s in made.stops] == [("gemini", AttemptReason.LAST_RESORT)]
        assert reasons(made) == {"claude": "server_error", "openai": "server_error"}

    @pytest.mark.parametrize("reason", sorted(BLOCKS))
    def test_never_one_that_the_vendor_closed_to_us(self, reason: ErrorClass) -> None:
        made = plan(circuit={n: open_until(30, reason) for n in NAMES})
        assert names(made) == []
        assert len(made.skips) == 3

    def test_never_one_that_is_throttled(self) -> None:
        throttled = replace(open_until(5), throttled_until=NOW + timedelta(seconds=20))
        assert names(plan(circuit=dict.fromkeys(NAMES, throttled))) == []

    def test_never_one_that_is_switched_off(self) -> None:
        made = plan([candidate("claude", enabled=False)], {"claude": open_until(30)})
        assert names(made) == []


class TestOnly:
    def test_a_test_goes_past_the_circuit_and_asks_nobody_else(self) -> None:
        made = plan(circuit={"claude": open_until(99, ErrorClass.AUTH)}, only="claude")
        assert [(s.candidate.name, s.reason, s.generation) for s in made.stops] == [("claude", AttemptReason.TEST, 1)]

    def test_a_probe_asks_for_the_lease(self) -> None:
        assert plan(only="claude", leased=True).stops[0].reason is AttemptReason.PROBE

    def test_a_switched_off_provider_can_be_tested(self) -> None:
        assert names(plan([candidate("claude", enabled=False)], only="claude")) == ["claude"]

    def test_without_a_key_there_is_nothing_to_test(self) -> None:
        made = plan([candidate("claude", has_key=False)], only="claude")
        assert (names(made), reasons(made)) == ([], {"claude": "no_key"})


class TestNeeds:
    def test_a_plain_question_needs_nothing(self) -> None:
        assert needs_of(ChatRequest(messages=(message(Role.USER, "hello"),)), stream=False).capabilities == frozenset()

    def test_each_wish_needs_its_capability(self) -> None:
        picture = Message(role=Role.USER, parts=(Text(text="see"), Image(url="https://example.com/a.png")))
        request = ChatRequest(messages=(picture,), tools=(Tool(name="book"),), output=Output(format=OutputFormat.JSON))
        needed = needs_of(request, stream=True)
        wanted = {Capability.STREAM, Capability.IMAGES, Capability.TOOLS}
        assert needed.capabilities == wanted
        assert needed.input_tokens > 1600

    def test_a_document_needs_its_capability_and_room_for_a_page_at_least(self) -> None:
        request = ChatRequest(messages=(Message(role=Role.USER, parts=(Document(data="JVBERi0x" * 100_000),)),))
        needed = needs_of(request, stream=False)
        assert needed.capabilities == {Capability.DOCUMENTS}
        assert needed.input_tokens == TOKENS_PER_DOCUMENT

    @pytest.mark.parametrize("format", list(OutputFormat))
    def test_a_form_of_the_answer_needs_none_since_words_will_do(self, format: OutputFormat) -> None:
        request = ChatRequest(messages=(message(Role.USER, "hello"),), output=Output(format=format, schema="{}"))
        assert needs_of(request, stream=False).capabilities == frozenset()

    def test_what_tools_have_answered_takes_room_too(self) -> None:
        result = Message(role=Role.USER, parts=(ToolResult(call_id="1", name="search", content="x" * 9000),))
        assert needs_of(ChatRequest(messages=(result,)), stream=False).input_tokens >= 1500


healths = st.sampled_from(
    [
        Circuit(),
        open_until(-1),
        open_until(30),
        open_until(60),
        open_until(30, ErrorClass.CREDIT_EXHAUSTED),
        open_until(-1, ErrorClass.AUTH),
        open_until(-1, ErrorClass.CREDIT_EXHAUSTED),
        Circuit(throttled_until=NOW + timedelta(seconds=9)),
        replace(open_until(30), throttled_until=NOW + timedelta(seconds=9)),
        Circuit(ramping=True, since=NOW),
        replace(
            open_until(-1),
            state=CircuitState.HALF_OPEN,
            trial_holder="x",
            trial_until=NOW + timedelta(seconds=30),
            until=None,
        ),
    ]
)
jitter = st.floats(0, 1, exclude_max=True)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Candidate], dict[str, Circuit], dict[str, RandomDraws]]:
    count = draw(st.integers(1, 6))
    chain = [
        candidate(
            f"p{i}",
            priority=draw(st.integers(1, 3)),
            weight=draw(st.integers(1, 5)),
            enabled=draw(st.booleans()),
            has_key=draw(st.booleans()),
        )
        for i in range(count)
    ]
    circuit = {c.name: draw(healths) for c in chain if draw(st.booleans())}
    draws = {c.name: RandomDraws(order=draw(jitter), ramp=draw(jitter)) for c in chain}
    return chain, circuit, draws


@given(situations())
def test_everybody_is_either_asked_or_passed_over_with_a_reason(
    situation: tuple[list[Candidate], dict[str, Circuit], dict[str, RandomDraws]],
) -> None:
    chain, circuit, draws = situation
    made = plan(chain, circuit, draws=draws)
    assert sorted([*names(made), *(s.provider for s in made.skips)]) == sorted(c.name for c in chain)
    assert all(skip.reason and skip.detail for skip in made.skips)


@given(situations())
def test_priority_is_respected_among_those_who_take_all_their_traffic(
    situation: tuple[list[Candidate], dict[str, Circuit], dict[str, RandomDraws]],
) -> None:
    chain, circuit, draws = situation
    made = plan(chain, circuit, draws=draws)
    steady = [s.candidate.priority for s in made.stops if not circuit.get(s.candidate.name, Circuit()).ramping]
    assert steady == sorted(steady)


@given(situations())
def test_the_last_resort_stands_alone_and_is_never_in_vain(
    situation: tuple[list[Candidate], dict[str, Circuit], dict[str, RandomDraws]],
) -> None:
    chain, circuit, draws = situation
    made = plan(chain, circuit, draws=draws)
    for stop in made.stops:
        state = circuit.get(stop.candidate.name, Circuit())
        assert stop.candidate.enabled
        assert stop.candidate.has_key
        assert not state.throttled(NOW)
        if stop.reason is AttemptReason.LAST_RESORT:
            assert len(made.stops) == 1
            assert state.reason not in BLOCKS


class TestStrategy:
    """How a strategy's order meets the hard rules; the orders themselves: `strategies/test_ranking.py`."""

    CHEAP = {
        "claude": Capacity(input_usd=3e-6, output_usd=0),
        "gemini": Capacity(input_usd=1e-6, output_usd=0),
        "openai": Capacity(),
    }

    def by_cost(self, **more: object) -> Plan:
        return plan(route=RoutePolicy(strategy=Strategy.COST), capacities=self.CHEAP, **more)  # type: ignore[arg-type]

    def test_the_first_attempt_tells_each_score(self) -> None:
        made = self.by_cost()
        assert (names(made), made.first) == (["gemini", "claude", "openai"], "gemini")
        assert made.stops[0].choice == "by price: gemini $1e-05, claude $3e-05, openai unknown"

    @pytest.mark.parametrize(
        ("candidates", "circuit"),
        [
            ([candidate("claude"), candidate("gemini", enabled=False)], {}),
            ([candidate("claude"), candidate("gemini", context_window=5)], {}),
            ([candidate("claude"), candidate("gemini")], {"gemini": open_until(60)}),
        ],
        ids=["switched off", "too small", "open circuit"],
    )
    def test_whoever_may_not_be_asked_is_skipped_however_cheap(
        self, candidates: list[Candidate], circuit: dict[str, Circuit]
    ) -> None:
        made = self.by_cost(candidates=candidates, circuit=circuit)
        assert (names(made), made.first, len(made.skips)) == (["claude"], "gemini", 1)

    def test_a_callers_own_order_stands(self) -> None:
        assert names(self.by_cost(primary="openai")) == ["openai", "gemini", "claude"]
        assert names(self.by_cost(primary="openai", fallbacks=("claude",))) == ["openai", "claude"]

    def test_priority_writes_no_scores(self) -> None:
        assert [stop.choice for stop in plan(capacities=self.CHEAP).stops] == ["", "", ""]
