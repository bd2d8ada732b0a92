"""The bytes of request bodies that a worker holds at one time."""

import asyncio
from collections import deque
from collections.abc import Callable


class Allowance:
    """A number of bytes that requests share; `most()` says how many. Requests are served in the order of their asking.

    A request asks once, for the whole of its body: two that held a part each could wait for one another.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._taken = 0
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    async def take(self, size: int) -> None:
        """Waits until `size` bytes are free, and takes them. A single one that is larger than all has them alone."""
        if not self._waiting and self._has_room(size):
            self._taken += size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, size))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting = deque(request for request in self._waiting if request[0] is not turn)
                self._serve()
            else:
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        self._taken -= size
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._has_room(self._waiting[0][1]):
            turn, size = self._waiting.popleft()
            if not turn.done():
                self._taken += size
                turn.set_result(None)

    def _has_room(self, size: int) -> bool:
        return self._taken == 0 or self._taken + size <= self._most()
