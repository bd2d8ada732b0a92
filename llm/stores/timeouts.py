"""How long a request, and the threads that work for it, wait for a store that all workers share."""

from dataclasses import dataclass

from llm.conf import llm_settings

SOCKET_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTimeouts:
    """How long to wait for a store shared by all workers, in seconds.

    `request_s`: for one request, in all. `slow_after_s`: a store that answers later is unavailable. `first_read_s`: for
    the database's rows on the first read, when Redis is empty. `socket_s`: per socket operation of a background thread.
    """

    request_s: float
    slow_after_s: float
    first_read_s: float
    socket_s: float


def timeouts_of(request_s: float) -> StoreTimeouts:
    """The rest in proportion, so that whoever waits for one step leaves time for those behind it."""
    return StoreTimeouts(
        request_s=request_s,
        slow_after_s=1.25 * request_s,
        first_read_s=request_s / 2,
        socket_s=max(SOCKET_S, 2 * request_s),
    )


def configured_s() -> float:
    """The patience of a request as LLM_STORE_PATIENCE_S has it."""
    return llm_settings().store_patience_s
