"""The tokens that the vendor reports and we do not, or we and not the vendor; each cause takes its part away."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from llm.core.reconcile.day import NONE, OurDay, TokenKind, Tokens, UsageLine

START = datetime.min.replace(tzinfo=UTC)


class Cell(NamedTuple):
    """Usage of one model at one tier in one hour; `hour` None: in the whole day."""

    hour: datetime | None
    model: str
    tier: str

    @property
    def place(self) -> tuple[datetime | None, str]:
        return self.hour, self.model


class Residue:
    """Theirs minus ours in each cell. Positive: the vendor has more."""

    def __init__(self, day: OurDay, theirs: Iterable[UsageLine]) -> None:
        ours, theirs = day.lines, tuple(theirs)
        self._left: dict[Cell, Tokens] = {}
        self._requests: dict[Cell, int | None] = {}
        self._estimated: dict[Cell, Tokens] = {}
        self._begun_before, self._ended_after = _by_cell(day.begun_before), _by_cell(day.ended_after)
        for line in theirs:
            self._add(line, line.tokens, line.requests)
        for line in ours:
            self._add(line, NONE - line.tokens, None if line.requests is None else -line.requests)
            cell = _cell(line)
            self._estimated[cell] = self._estimated.get(cell, NONE) + line.estimated
        self.our_places = frozenset(_cell(line).place for line in ours)
        self.their_places = frozenset(_cell(line).place for line in theirs)
        self.cells = sorted(self._left, key=lambda cell: (cell.hour or START, cell.model, cell.tier))

    def _add(self, line: UsageLine, tokens: Tokens, requests: int | None) -> None:
        cell = _cell(line)
        self._left[cell] = self._left.get(cell, NONE) + tokens
        before = self._requests.get(cell, 0)
        self._requests[cell] = None if before is None or requests is None else before + requests

    def at(self, cell: Cell) -> Tokens:
        return self._left.get(cell, NONE)

    def requests(self, cell: Cell) -> int | None:
        """Theirs minus ours; None when the vendor does not count requests."""
        return self._requests.get(cell)

    def estimated(self, cell: Cell) -> Tokens:
        """How many of our tokens we have counted ourselves."""
        return self._estimated.get(cell, NONE)

    def begun_before(self, cell: Cell) -> Tokens:
        """What ran into the day, and is not ours of this day."""
        return self._begun_before.get(cell, NONE)

    def ended_after(self, cell: Cell) -> Tokens:
        """What of ours ran out of the day."""
        return self._ended_after.get(cell, NONE)

    def take(self, cell: Cell, tokens: Tokens) -> None:
        """Takes explained tokens away."""
        self._left[cell] = self._left[cell] - tokens

    def shift(self, short: Cell, long: Cell) -> Tokens:
        """Settles what `short` lacks with what `long` has too much, kind by kind; returns the settled tokens."""
        lacking, surplus = self.at(short), self.at(long)
        settled = Tokens(**{str(k): max(0, min(-lacking.of(k), surplus.of(k))) for k in TokenKind})
        if settled:
            self.take(short, NONE - settled)
            self.take(long, settled)
        return settled


def _by_cell(lines: Iterable[UsageLine]) -> dict[Cell, Tokens]:
    tokens: dict[Cell, Tokens] = {}
    for line in lines:
        tokens[_cell(line)] = tokens.get(_cell(line), NONE) + line.tokens
    return tokens


def _cell(line: UsageLine) -> Cell:
    return Cell(line.hour, line.model, line.tier)
