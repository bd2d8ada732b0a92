"""How long a request, and the threads that work for it, wait for a store that all workers share."""

from dataclasses import dataclass

from llm.conf import llm_settings

SOCKET_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTimeouts:
    """How long to wait for a store shared by all workers, in seconds.

    `timeout_s`: for one request, in all. `slow_after_s`: a store that answers later is unavailable. `first_read_s`: for
    the database's rows on the first read, when Redis is empty. `socket_s`: per socket operation of a background thread.
    """

    timeout_s: float
    slow_after_s: float
    first_read_s: float
    socket_s: float


def timeouts_of(timeout_s: float) -> StoreTimeouts:
    """The other timeouts in proportion to a request's, so that one step leaves time for the next."""
    return StoreTimeouts(
        timeout_s=timeout_s,
        slow_after_s=1.25 * timeout_s,
        first_read_s=timeout_s / 2,
        socket_s=max(SOCKET_S, 2 * timeout_s),
    )


def configured_s() -> float:
    """A request's timeout for shared stores, from LLM_STORE_PATIENCE_S."""
    return llm_settings().store_patience_s
