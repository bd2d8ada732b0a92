"""Reads server-sent events out of bytes, however the network split them.

Knows the event-stream format (WHATWG HTML, section 9.2.6) and nothing of any vendor. It differs
from the standard in one point: an event without its closing blank line at the end is delivered,
because some vendors leave that line out; its end marker shows whether the stream is whole.
"""

from typing import NamedTuple

BOM = b"\xef\xbb\xbf"
FIELDS = frozenset({b"data", b"event", b"id", b"retry"})
MAX_STRAY = 65_536
"""Bytes of non-SSE lines that are kept: enough for any vendor's error object."""


class SSEvent(NamedTuple):
    """One event: its `name` ("" when the stream gave none) and its data, lines joined by LF."""

    name: str
    data: bytes


MAX_EVENT = 1024 * 1024
"""Bytes of one line, and of one event: the largest real ones are signatures of reasoning, tens of kilobytes."""


class TooLong(Exception):
    """A line, or the data of an event, is longer than allowed."""


class SSEReader:
    """Feed it the chunks in order, then close it once; both return the events that became complete.

    Raises TooLong for a line, or an event, of more than MAX_EVENT bytes. `stray` collects lines that are no SSE at
    all: Gemini sends an error in mid-stream as bare JSON.
    """

    def __init__(self) -> None:
        self.stray = bytearray()
        self._partial: list[bytes] = []
        self._partial_bytes = 0
        self._after_cr = False
        self._at_start = True
        self._name = ""
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> list[SSEvent]:
        if self._after_cr and chunk:
            # The LF of a CRLF that fell between two chunks ends no second line.
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        if b"\n" not in chunk and b"\r" not in chunk:
            self._hold(chunk)
            return []
        lines = b"".join((*self._partial, chunk)).splitlines()
        self._partial, self._partial_bytes = [], 0
        if chunk.endswith((b"\n", b"\r")):
            self._after_cr = chunk.endswith(b"\r")
        else:
            self._hold(lines.pop())
        return self._read(lines)

    def close(self) -> list[SSEvent]:
        rest, self._partial = b"".join(self._partial), []
        return self._read([rest, b""] if rest else [b""])

    def _hold(self, piece: bytes) -> None:
        """Keeps a piece of a line. The pieces are joined once, when the line ends: a huge line costs linear time."""
        self._partial.append(piece)
        self._partial_bytes += len(piece)
        if self._partial_bytes > MAX_EVENT:
            raise TooLong("a line")

    def _read(self, lines: list[bytes]) -> list[SSEvent]:
        events: list[SSEvent] = []
        for line in lines:
            if self._at_start:
                self._at_start = False
                line = line.removeprefix(BOM)
            if not line:
                if self._data:
                    events.append(SSEvent(self._name, b"\n".join(self._data)))
                self._name, self._data, self._data_bytes = "", [], 0
                continue
            field, _, value = line.partition(b":")
            if not field:
                continue
            value = value.removeprefix(b" ")
            if field == b"data":
                self._data.append(value)
                self._data_bytes += len(value) + 1  # one more, so that empty lines have an end too
                if self._data_bytes > MAX_EVENT:
                    raise TooLong("an event")
            elif field == b"event":
                self._name = value.decode("utf-8", "replace")
            elif field not in FIELDS and len(self.stray) < MAX_STRAY:
                self.stray += line[:MAX_STRAY] + b"\n"
        return events
