"""Chooses what of a conversation is sent along with a new message. Pure.

- The window ends with the new message and, as vendors require, never begins with an assistant's turn.
- The newest turns that fit the budget go along without a gap between them.
- The customer's first message says what it is all about, so it is kept where it fits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llm.core.chat.request import Message, Role, message

BUDGET_TOKENS = 6_000
CHARACTERS_A_TOKEN = 3.5
"""The cautious end of the 3.5 to 4.5 that French and English take in the three vendors' tokenizers."""
TOKENS_A_TURN = 4
"""What the frame around each message takes."""
FIRST_SHARE = 1 / 3
"""Of the budget: a first message up to this size is put before newer turns, a longer one only gets what they leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTurn:
    """One earlier turn that is whole and fit to be sent: `role` is user or assistant."""

    role: Role
    text: str


def estimate(text: str) -> int:
    """The tokens that a turn of this text takes, about."""
    return math.ceil(len(text) / CHARACTERS_A_TOKEN) + TOKENS_A_TURN


def window(earlier: Sequence[HistoryTurn], text: str, *, budget: int = BUDGET_TOKENS) -> tuple[Message, ...]:
    """The messages to send, oldest first. The new message `text` is always there, even alone past the budget."""
    left = max(0, budget - estimate(text))
    first = next((place for place, said in enumerate(earlier) if said.role is Role.USER), len(earlier))
    opening, rest = earlier[first : first + 1], earlier[first + 1 :]
    cost = sum(estimate(said.text) for said in opening)
    if opening and cost <= min(left, budget * FIRST_SHARE):
        newest = _newest(rest, left - cost)
    else:
        newest = _newest(rest, left)
        if cost > left - sum(estimate(said.text) for said in newest):
            opening = ()
    if not opening or len(newest) < len(rest):
        newest = _from_user(newest)
    chosen = [message(said.role, said.text) for said in (*opening, *newest)]
    return (*chosen, message(Role.USER, text))


def _newest(turns: Sequence[HistoryTurn], budget: int) -> Sequence[HistoryTurn]:
    """The longest end of `turns` that costs at most `budget` tokens."""
    start = len(turns)
    while start > 0 and (cost := estimate(turns[start - 1].text)) <= budget:
        budget -= cost
        start -= 1
    return turns[start:]


def _from_user(turns: Sequence[HistoryTurn]) -> Sequence[HistoryTurn]:
    """Without answers at the beginning whose question is not there."""
    start = next((place for place, said in enumerate(turns) if said.role is Role.USER), len(turns))
    return turns[start:]
