"""A choice in words, for the trail: each score in numbers, and what leaving a cached prefix costs."""

from llm.core.capacity.snapshot import UNKNOWN, Capacities
from llm.core.routing.dialogue import Dialogue
from llm.core.routing.strategies.ranking import Ranking
from llm.core.routing.strategies.strategy import Strategy

SHOWN = 6
"""Scores in a sentence; a record's column ends after 200 characters."""
UNITS = {
    Strategy.WEIGHTED: ("by weight", "{:g}"),
    Strategy.CAPACITY: ("by calls left", "{:.0f}"),
    Strategy.COST: ("by price", "${:.3g}"),
    Strategy.LATENCY: ("by first token", "{:.2g} s"),
    Strategy.BALANCED: ("by score", "{:.2f}"),
}


def score_in_words(strategy: Strategy, score: float | None) -> str:
    """A score with its unit: "$0.00042"; "unknown" for None."""
    return "unknown" if score is None else UNITS[strategy][1].format(score)


def choice_in_words(strategy: Strategy, ranking: Ranking) -> str:
    """ "by price: claude $0.00042, gemini $0.0005, openai unknown (full)", in the order of the ranking."""
    by, unit = UNITS[strategy]
    scores, full = ranking.scores, ranking.full
    shown = []
    for name in ranking.names[:SHOWN]:
        score = scores[name]
        known = "unknown" if score is None else unit.format(score)
        shown.append(f"{name} {known} (full)" if name in full else f"{name} {known}")
    more = f", {len(ranking.names) - SHOWN} more" if len(ranking.names) > SHOWN else ""
    return f"{by}: {', '.join(shown)}{more}"


def move_in_words(dialogue: Dialogue, home: str, to: str, capacities: Capacities) -> str:
    """What it costs that a dialogue leaves `home`; "" when it stays, or leaves nothing behind."""
    if to == home or not home or not dialogue.is_warm:
        return ""
    usd = price_of_move(dialogue, home, to, capacities)
    cost = "at an unknown price" if usd is None else f"for ${usd:.3g} more"
    return f"leaves {home}'s cache of {dialogue.prefix_tokens} tokens {cost}"


def price_of_move(dialogue: Dialogue, home: str, to: str, capacities: Capacities) -> float | None:
    """US dollars that the prefix costs more at `to`, where it is not cached; below 0 when it is cheaper there."""
    stayed, moved = capacities.get(home, UNKNOWN), capacities.get(to, UNKNOWN)
    cached_usd = stayed.input_usd if stayed.cached_usd is None else stayed.cached_usd
    if cached_usd is None or moved.input_usd is None:
        return None
    return dialogue.prefix_tokens * (moved.input_usd - cached_usd)
