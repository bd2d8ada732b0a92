"""How long a request, and the threads that work for it, wait for a store that all workers share."""

from dataclasses import dataclass

from llm.conf import llm_settings

SOCKET_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """All in seconds. `request_s`: a request, in all it asks of one store. `prompt_s`: a store that takes longer to
    answer is treated like one that is gone. `rows_s`: the first reading, for the database's rows, when Redis knows
    nothing. `socket_s`: a thread of ours, on which no request waits longer than its own patience.
    """

    request_s: float
    prompt_s: float
    rows_s: float
    socket_s: float


def patience_of(request_s: float) -> Patience:
    """The rest in proportion, so that whoever waits for one step leaves time for those behind it."""
    return Patience(
        request_s=request_s, prompt_s=1.25 * request_s, rows_s=request_s / 2, socket_s=max(SOCKET_S, 2 * request_s)
    )


def configured_s() -> float:
    """The patience of a request as LLM_STORE_PATIENCE_S has it."""
    return llm_settings().store_patience_s
