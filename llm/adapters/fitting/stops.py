"""Stop sequences that the vendor was not sent, applied by the gateway: text ends before the first that comes."""

from collections.abc import Iterable


class StopFilter:
    """Passes text on until a stop sequence begins in it. Holds back what may be the beginning of one."""

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped: str | None = None
        """The sequence that ended the text."""

    def feed(self, text: str) -> str:
        """What may go out of the text so far."""
        if self.stopped is not None:
            return ""
        if not self._stops:
            return text
        self._held += text
        found = [(place, stop) for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            place, self.stopped = min(found)
            held, self._held = self._held[:place], ""
            return held
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        held, self._held = self._held[:cut], self._held[cut:]
        return held

    def end(self) -> str:
        """What was held back, once the text has ended."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
