"""200 dialogues of ten turns over three equal vendors, each turn at one of four workers: what prompt caches served.

Beside it the same dialogues at one vendor alone, and over three without stickiness. A vendor keeps a prefix ten minutes
after its last use. In the middle one vendor is away for two minutes.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bench.routing.drill import Drill, Result, Value, at_least, at_most
from bench.routing.planning import START, Planner, providers
from llm.core.capacity.snapshot import Capacity, Headroom
from llm.core.chat.request import ChatRequest, Message, Role, message
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.routing.candidate import RoutePolicy
from llm.core.routing.dialogue import dialogue_of
from llm.core.routing.needs import CHARS_PER_TOKEN, needs_of
from llm.core.routing.strategies.strategy import Strategy

DIALOGUES, TURNS, WORKERS = 200, 10, 4
VENDORS = ("one", "two", "three")
KEPT_S = 600.0
BEGIN_S, PAUSE_S = 900.0, (20.0, 180.0)
"""Dialogues begin within so long, and pause so long between turns."""
AWAY = ("one", 900.0, 1020.0)
SYSTEM = "You help people in their homes. " * 150
"""About 1,000 tokens."""
INPUT_USD, CACHED_USD = 3e-6, 0.3e-6


@dataclass(slots=True)
class Played:
    """Input tokens, those that a cache served, moves on record, turns of which workers disagreed."""

    asked: int = 0
    cached: int = 0
    moves: int = 0
    disagreed: int = 0
    warm: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)
    """(vendor, dialogue) -> tokens in its cache, last use."""

    def serve(self, vendor: str, dialogue: int, tokens: int, at: float) -> None:
        kept, used = self.warm.get((vendor, dialogue), (0, 0.0))
        self.asked += tokens
        self.cached += kept if at - used <= KEPT_S else 0
        self.warm[vendor, dialogue] = (tokens, at)


def play(seed: int) -> Result:
    alone = _played(Strategy.PRIORITY, seed, vendors=VENDORS[:1], is_away=False)
    rows: list[dict[str, Value]] = []
    kept: dict[Strategy, float] = {}
    for strategy in Strategy:
        quiet, away = _played(strategy, seed, is_away=False), _played(strategy, seed)
        loose = _played(strategy, seed, sticky=False, is_away=False)
        kept[strategy] = _share(quiet) / _share(alone)
        rows.append(
            {
                "strategy": strategy.value,
                "one alone": round(_share(alone), 4),
                "sticky": round(_share(quiet), 4),
                "against one": round(kept[strategy], 4),
                "not sticky": round(_share(loose), 4),
                "one away": round(_share(away), 4),
                "moves on record": away.moves,
                "workers disagree": quiet.disagreed,
            }
        )
    return Result(
        rows=tuple(rows),
        aims=(
            *(
                at_least(f"cached reads by {each.value}, against one vendor", share, 0.95)
                for each, share in kept.items()
            ),
            at_most("turns of which workers disagree", max(float(row["workers disagree"]) for row in rows), 0),
        ),
    )


def _share(played: Played) -> float:
    return played.cached / played.asked


def _played(
    strategy: Strategy, seed: int, *, vendors: tuple[str, ...] = VENDORS, sticky: bool = True, is_away: bool = True
) -> Played:
    chance = Random(f"sticky {seed}")  # noqa: S311  repeatable
    equal = {
        name: candidate.__class__(name=name, kind="openai", model="m", priority=1)
        for name, candidate in providers(*vendors).items()
    }
    route = RoutePolicy(strategy=strategy, sticky=sticky)
    workers = [
        Planner(candidates=equal, route=route, chance=Random(f"{seed} {number}"))  # noqa: S311  repeatable
        for number in range(WORKERS)
    ]
    turns = sorted(_turns(chance))
    played = Played()
    for at, number, turn in turns:
        request = _request(number, turn)
        tokens = needs_of(request, stream=False).input_tokens
        dialogue = dialogue_of(request, consumer="shop") if sticky else None
        circuits = _circuits(at) if is_away else {}
        first = [
            worker.plan(at, _known(vendors, chance), input_tokens=tokens, circuits=circuits, dialogue=dialogue).stops[0]
            for worker in workers
        ]
        chosen = first[chance.randrange(WORKERS)]
        played.disagreed += len({stop.candidate.name for stop in first}) > 1
        played.moves += bool(chosen.move)
        played.serve(chosen.candidate.name, number, tokens, at)
    return played


def _turns(chance: Random) -> list[tuple[float, int, int]]:
    """(second, dialogue, turn) of all."""
    turns = []
    for number in range(DIALOGUES):
        at = chance.uniform(0, BEGIN_S)
        for turn in range(1, TURNS + 1):
            turns.append((at, number, turn))
            at += chance.uniform(*PAUSE_S)
    return turns


def _request(number: int, turn: int) -> ChatRequest:
    said: list[Message] = [message(Role.SYSTEM, SYSTEM), message(Role.USER, f"Question {number}")]
    for _ in range(turn - 1):
        said += [message(Role.ASSISTANT, "a" * int(300 * CHARS_PER_TOKEN)), message(Role.USER, "b" * 250)]
    return ChatRequest(messages=tuple(said))


def _known(vendors: tuple[str, ...], chance: Random) -> dict[str, Capacity]:
    """Equal vendors as each worker sees them: the same prices and limits, what is left a little different."""
    return {
        name: Capacity(
            requests=Headroom(left=chance.uniform(0.5, 1.0) * 1000, limit=1000),
            input_usd=INPUT_USD,
            cached_usd=CACHED_USD,
            output_usd=15e-6,
            cached_share=chance.uniform(0.6, 0.7),
        )
        for name in vendors
    }


def _circuits(at: float) -> dict[str, Circuit]:
    name, begin, end = AWAY
    if not begin <= at < end:
        return {}
    return {
        name: Circuit(
            state=CircuitState.OPEN, generation=1, reason=ErrorClass.SERVER_ERROR, since=START,
            until=START + timedelta(seconds=end),
        )
    }  # fmt: skip


DRILL = Drill(name="stickiness", about=__doc__, play=play)
