"""What a worker tells its parent without a word: that its event loop turns, and whether it drains."""

import mmap
import struct
import time

STATE = struct.Struct("d?")


class Pulse:
    """A page of memory that a process shares with the child that it forks after."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, STATE.size)
        self.beat()

    def beat(self) -> None:
        """Says that the worker lives."""
        STATE.pack_into(self._page, 0, time.monotonic(), False)

    def drain(self) -> None:
        """Says that the worker accepts no more requests."""
        STATE.pack_into(self._page, 0, time.monotonic(), True)

    @property
    def draining(self) -> bool:
        """Whether `drain` was called."""
        return bool(STATE.unpack_from(self._page)[1])

    def silent_s(self) -> float:
        """Seconds since the last sign. The monotonic clock is the same for all processes of a machine."""
        return time.monotonic() - float(STATE.unpack_from(self._page)[0])
