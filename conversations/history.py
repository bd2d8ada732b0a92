"""Chooses the turns of a conversation that are sent with a new message.

- The window ends with the new message. It begins with a customer's turn, as vendors require.
- It holds the newest turns that fit the budget, without a gap between them.
- It keeps the customer's first message where it fits, since that states the need.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llm.core.chat.request import Message, Role, message

BUDGET_TOKENS = 6_000
CHARS_PER_TOKEN = 3.5
"""The low end of the 3.5 to 4.5 of French and English in the three vendors' tokenizers: overestimates the tokens."""
TOKENS_PER_TURN = 4
"""Tokens of the frame around each message."""
FIRST_SHARE = 1 / 3
"""Share of the budget. A first message up to this size goes before newer turns; a longer one gets what they leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTurn:
    """One earlier turn that may be sent; `role` is user or assistant."""

    role: Role
    text: str


def estimate(text: str) -> int:
    """Estimates the tokens of a turn with this text."""
    return math.ceil(len(text) / CHARS_PER_TOKEN) + TOKENS_PER_TURN


def window(earlier: Sequence[HistoryTurn], text: str, *, budget: int = BUDGET_TOKENS) -> tuple[Message, ...]:
    """The messages to send, oldest first. Always holds the new message `text`, even when it exceeds the budget."""
    left = max(0, budget - estimate(text))
    first = next((place for place, turn in enumerate(earlier) if turn.role is Role.USER), len(earlier))
    opening, rest = earlier[first : first + 1], earlier[first + 1 :]
    cost = sum(estimate(turn.text) for turn in opening)
    if opening and cost <= min(left, budget * FIRST_SHARE):
        newest = _newest(rest, left - cost)
    else:
        newest = _newest(rest, left)
        if cost > left - sum(estimate(turn.text) for turn in newest):
            opening = ()
    if not opening or len(newest) < len(rest):
        newest = _from_user(newest)
    chosen = [message(turn.role, turn.text) for turn in (*opening, *newest)]
    return (*chosen, message(Role.USER, text))


def _newest(turns: Sequence[HistoryTurn], budget: int) -> Sequence[HistoryTurn]:
    """The longest tail of `turns` that costs at most `budget` tokens."""
    start = len(turns)
    while start > 0 and (cost := estimate(turns[start - 1].text)) <= budget:
        budget -= cost
        start -= 1
    return turns[start:]


def _from_user(turns: Sequence[HistoryTurn]) -> Sequence[HistoryTurn]:
    """The turns from the first customer's turn on."""
    start = next((place for place, turn in enumerate(turns) if turn.role is Role.USER), len(turns))
    return turns[start:]
