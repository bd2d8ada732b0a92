"""Vendors' accounts with a limit of requests a minute, and what their answers let a gateway know of it.

Three dialects: Anthropic's and OpenAI's limits come back all the time and are told in headers, Gemini's is a rolling
minute and told by nothing but a refusal.
"""

from collections import deque
from dataclasses import dataclass, field

from llm.core.capacity.snapshot import Capacity, Headroom

MINUTE = 60.0


@dataclass(slots=True)
class Bucket:
    """A limit that comes back all the time. A full one takes a whole minute's requests at once."""

    limit: float
    left: float = 0.0
    at: float = 0.0
    tells = True

    def __post_init__(self) -> None:
        self.left = self.limit

    def take(self, now: float) -> bool:
        """Whether one more request is served."""
        self.left = min(self.limit, self.left + (now - self.at) * self.limit / MINUTE)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def wait_s(self, now: float) -> float:
        """The Retry-After of a refusal."""
        return (1 - self.left) * MINUTE / self.limit


@dataclass(slots=True)
class Rolling:
    """A limit on the last sixty seconds, which no header tells."""

    limit: float
    served: deque[float] = field(default_factory=deque)
    tells = False

    def take(self, now: float) -> bool:
        while self.served and self.served[0] <= now - MINUTE:
            self.served.popleft()
        if len(self.served) >= self.limit:
            return False
        self.served.append(now)
        return True

    def wait_s(self, now: float) -> float:
        return self.served[0] + MINUTE - now


Account = Bucket | Rolling


@dataclass(slots=True)
class Knowledge:
    """What the gateway knows of one account: the last headers, its own requests, and the limit a refusal showed."""

    account: Account
    told_left: float | None = None
    told_at: float = 0.0
    """When the request was sent whose answer had the headers."""
    learned: float | None = None
    sent: deque[float] = field(default_factory=deque)

    def asks(self, now: float) -> None:
        self.sent.append(now)
        while self.sent and self.sent[0] <= now - MINUTE:
            self.sent.popleft()

    def hears(self, left: float, sent_at: float) -> None:
        if sent_at >= self.told_at:
            self.told_left, self.told_at = left, sent_at

    def refused(self, now: float) -> None:
        """Without headers a refusal shows the limit: what was served in the last minute."""
        if not self.account.tells:
            self.learned = float(len(self.sent) - 1)
        self.sent.pop()

    def capacity(self, now: float) -> Capacity:
        if self.account.tells:
            if self.told_left is None:
                return Capacity()
            limit = self.account.limit
            back = min(limit, self.told_left + (now - self.told_at) * limit / MINUTE)
            since = sum(at > self.told_at for at in self.sent)
            return Capacity(requests=Headroom(left=max(0.0, back - since), limit=limit))
        if self.learned is None:
            return Capacity()
        recent = sum(at > now - MINUTE for at in self.sent)
        return Capacity(requests=Headroom(left=max(0.0, self.learned - recent), limit=self.learned))
