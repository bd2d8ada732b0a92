"""The dialogue that a call belongs to, so that it can stay with the provider that has its prefix cached.

Vendors cache the beginning of a request for minutes. A dialogue resends its beginning at each turn, so a hash of it
names the dialogue, and a hash of it and a provider's name ranks the providers: the same on every worker, without a
store (rendezvous hashing, Thaler and Ravishankar 1998).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from llm.core.chat.request import ChatRequest, Role
from llm.core.routing.candidate import RandomDraws
from llm.core.routing.needs import CHARS_PER_TOKEN

IDLE_S = 600.0
"""After so long without a turn the prefix counts as gone. Vendors keep it 5 to 10 minutes after its last use
(https://platform.openai.com/docs/guides/prompt-caching)."""
LEAST_TOKENS = 1024
"""Below it vendors cache nothing (the same page; Anthropic's smallest minimum is the same)."""
KEY_CHARACTERS = 2_000
"""So much of the system's text and of the first question goes into the hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A dialogue by its key. `prefix_tokens` were sent or answered in earlier turns; 0 at the first one.

    `last` answered its last turn, `idle_s` seconds ago, as far as this worker knows; "" and None when it does not.
    """

    key: bytes
    prefix_tokens: int = 0
    last: str = ""
    idle_s: float | None = None

    @property
    def is_warm(self) -> bool:
        """Whether a vendor's cache may hold its prefix."""
        return self.prefix_tokens >= LEAST_TOKENS and (self.idle_s is None or self.idle_s <= IDLE_S)


def dialogue_of(request: ChatRequest, *, consumer: str) -> Dialogue:
    """The dialogue of this request. Callers who start with the same words are kept apart by name and `user`."""
    said = request.messages
    first = next((each.text for each in said if each.role is Role.USER), "")
    words = "\0".join((consumer, request.user or "", request.system[:KEY_CHARACTERS], first[:KEY_CHARACTERS]))
    turns = [place for place, each in enumerate(said) if each.role is Role.ASSISTANT]
    earlier = sum(len(each.text) for each in said[: turns[-1] + 1]) if turns else 0
    return Dialogue(
        key=blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest(),
        prefix_tokens=int(earlier / CHARS_PER_TOKEN),
    )


def hashed_draws(dialogue: Dialogue, names: Iterable[str], draws: Mapping[str, RandomDraws]) -> dict[str, RandomDraws]:
    """The draws with the dialogue's own numbers for the order. With weights it is weighted rendezvous hashing.

    The numbers, in [0, 1), are the top 48 bits of products modulo 2**128: multiplicative hashing (Dietzfelbinger and
    others, 1997), so that nothing is hashed anew for each provider. They are the same on every worker.
    """
    key = int.from_bytes(dialogue.key)
    return {
        name: RandomDraws((key * _multiplier(name) >> 80 & 0xFFFF_FFFF_FFFF) / 2**48, draws[name].ramp)
        for name in names
    }


@lru_cache(maxsize=1024)
def _multiplier(name: str) -> int:
    """An odd number of 128 bits for a provider's name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=16).digest()) | 1
