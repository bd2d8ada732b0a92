"""Dialogues stay with the provider that has their beginning cached, on every worker alike, and moves have a price."""

from collections import Counter

import pytest

from llm.core.calls import CallOptions
from llm.core.capacity.snapshot import Capacity
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.state import Circuit
from llm.core.routing.candidate import RandomDraws, RoutePolicy
from llm.core.routing.dialogue import Dialogue, dialogue_of
from llm.core.routing.needs import Needs
from llm.core.routing.plan import Plan, make_plan
from llm.core.routing.strategies.strategy import Strategy
from tests.core.routing.test_plan import NAMES, NOW, candidate, open_until

CHEAP_READS = Capacity(input_usd=3e-6, cached_usd=0.3e-6, output_usd=15e-6)
EQUAL = dict.fromkeys(NAMES, CHEAP_READS)
ANY = (0.1, 0.9)


def turn(number: int, *, first: str = "Bonjour", user: str | None = None) -> ChatRequest:
    """The dialogue's request at this turn; each answer has 1,000 tokens."""
    said = [message(Role.SYSTEM, "You help."), message(Role.USER, first)]
    for _ in range(number - 1):
        said += [message(Role.ASSISTANT, "a" * 5_000), message(Role.USER, "and then?")]
    return ChatRequest(messages=tuple(said), user=user)


def planned(
    dialogue: Dialogue,
    *,
    strategy: Strategy = Strategy.BALANCED,
    chance: float = 0.5,
    capacities: dict[str, Capacity] | None = None,
    circuits: dict[str, Circuit] | None = None,
) -> Plan:
    known = {name: candidate(name, priority=1) for name in NAMES}
    return make_plan(
        known,
        circuits or {},
        Needs(capabilities=frozenset(), input_tokens=6_000),
        route=RoutePolicy(strategy=strategy, sticky=True),
        options=CallOptions(),
        now=NOW,
        draws={name: RandomDraws(order=chance * (1 + place) % 1, ramp=0.5) for place, name in enumerate(NAMES)},
        capacities=EQUAL if capacities is None else capacities,
        dialogue=dialogue,
    )


def first(plan: Plan) -> str:
    return plan.stops[0].candidate.name


class TestKey:
    def test_all_turns_are_one_dialogue_and_the_prefix_grows(self) -> None:
        turns = [dialogue_of(turn(number), consumer="ada") for number in (1, 2, 3)]
        assert len({each.key for each in turns}) == 1
        assert [each.prefix_tokens for each in turns] == [0, 1003, 2005]

    def test_others_who_begin_with_the_same_words_are_apart(self) -> None:
        keys = {
            dialogue_of(request, consumer=consumer).key
            for request, consumer in [(turn(1), "ada"), (turn(1), "ben"), (turn(1, user="x"), "ada")]
        }
        assert len(keys) == 3

    @pytest.mark.parametrize(
        ("prefix", "idle_s", "warm"),
        [(1024, None, True), (1023, None, False), (2000, 600.0, True), (2000, 601.0, False)],
    )
    def test_a_cache_keeps_long_prefixes_for_ten_minutes(self, prefix: int, idle_s: float | None, warm: bool) -> None:
        assert Dialogue(key=b"k", prefix_tokens=prefix, idle_s=idle_s).is_warm is warm


@pytest.mark.parametrize("strategy", list(Strategy))
class TestChoice:
    def test_it_does_not_depend_on_chance(self, strategy: Strategy) -> None:
        dialogue = dialogue_of(turn(3), consumer="ada")
        assert len({first(planned(dialogue, strategy=strategy, chance=chance)) for chance in ANY}) == 1

    def test_dialogues_are_spread_over_all(self, strategy: Strategy) -> None:
        dialogues = [dialogue_of(turn(2, first=f"question {number}"), consumer="ada") for number in range(300)]
        found = Counter(first(planned(dialogue, strategy=strategy)) for dialogue in dialogues)
        assert min(found[name] for name in NAMES) > 70

    def test_an_open_circuit_moves_it_in_the_same_call_and_the_price_is_on_record(self, strategy: Strategy) -> None:
        dialogue = dialogue_of(turn(5), consumer="ada")
        home = first(planned(dialogue, strategy=strategy))
        moved = planned(dialogue, strategy=strategy, circuits={home: open_until(60)})
        assert first(moved) != home
        assert f"leaves {home}'s cache of 4008 tokens for $0.0108 more" in moved.stops[0].move

    def test_it_comes_back(self, strategy: Strategy) -> None:
        dialogue = dialogue_of(turn(5), consumer="ada")
        home = first(planned(dialogue, strategy=strategy))
        planned(dialogue, strategy=strategy, circuits={home: open_until(60)})
        assert first(planned(dialogue, strategy=strategy)) == home


class TestMove:
    def test_nothing_is_left_behind_by_a_first_turn_or_after_a_pause(self) -> None:
        for dialogue in (
            dialogue_of(turn(1), consumer="ada"),
            Dialogue(key=b"k", prefix_tokens=5_000, idle_s=700.0, last="gemini"),
        ):
            home = first(planned(dialogue))
            assert planned(dialogue, circuits={home: open_until(60)}).stops[0].move == ""

    def test_who_answered_last_is_left_even_if_the_hash_says_otherwise(self) -> None:
        key = dialogue_of(turn(5), consumer="ada").key
        home = first(planned(Dialogue(key=key, prefix_tokens=4_000)))
        other = next(name for name in NAMES if name != home)
        stayed = planned(Dialogue(key=key, prefix_tokens=4_000, last=other, idle_s=30.0))
        assert first(stayed) == home
        assert f"leaves {other}'s cache" in stayed.stops[0].move

    def test_without_prices_the_move_has_none(self) -> None:
        dialogue = Dialogue(key=b"k", prefix_tokens=4_000)
        home = first(planned(dialogue, capacities={}))
        moved = planned(dialogue, capacities={}, circuits={home: open_until(60)})
        assert "tokens at an unknown price" in moved.stops[0].move
