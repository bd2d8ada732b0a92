"""What hedging may still cost on each route: a share of what the route's calls cost without it."""

from dataclasses import dataclass

from llm.core.routing.hedging import Hedge

REMEMBERED = 2_000
"""Calls: what was spent fades over so many, so that a quiet month does not pay for an hour of doubled calls."""


@dataclass(slots=True)
class _Spend:
    """Billionths of a US dollar. `asked` is the sum expected of hedges under way."""

    base_nano: float = 0.0
    extra_nano: float = 0.0
    asked_nano: int = 0


class HedgePurse:
    """The spend of this process's calls by route. Each process keeps to the share, so all together do.

    A new process earns first: it hedges once its calls have paid for a lost attempt.
    """

    def __init__(self) -> None:
        self._routes: dict[str, _Spend] = {}

    def take(self, route: str, hedge: Hedge) -> bool:
        """Whether the second provider may be asked now. True takes the expected cost, until `book`."""
        spend = self._routes.setdefault(route, _Spend())
        if spend.extra_nano + spend.asked_nano + hedge.expected_nano > hedge.cap * spend.base_nano:
            return False
        spend.asked_nano += hedge.expected_nano
        return True

    def book(self, route: str, taken: Hedge | None, *, base_nano: int, extra_nano: int) -> None:
        """Counts a call that has ended: what it would have cost without hedging, and what that added.

        `taken`: the hedge that `take` has granted to it.
        """
        spend, kept = self._routes.setdefault(route, _Spend()), 1 - 1 / REMEMBERED
        if taken is not None:
            spend.asked_nano -= taken.expected_nano
        spend.base_nano = spend.base_nano * kept + base_nano
        spend.extra_nano = spend.extra_nano * kept + extra_nano

    def clear(self) -> None:
        """Forgets all routes, as in a new process."""
        self._routes.clear()
