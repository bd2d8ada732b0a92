"""What a quiet stretch does to a circuit: its answers add to the window, and to nothing else."""

from dataclasses import replace

from bench.availability.arrivals import Arrivals
from bench.availability.systems.circuits import BEGAN
from bench.availability.vendors import ANSWER_S
from llm.core.circuit import window as live
from llm.core.circuit.state import Circuit


def is_settled(circuit: Circuit) -> bool:
    """Whether an answer changes nothing of this closed circuit but its window."""
    return not (circuit.ramping or circuit.faults or circuit.trips or circuit.throttles or circuit.throttled_until)


def with_answers(circuit: Circuit, arrivals: Arrivals, first: int, end: int, now: float) -> Circuit:
    """The circuit after the answers to the calls `first` to `end - 1`, which all came by `now`, in seconds."""
    latest = int(now) // live.BUCKET_S * live.BUCKET_S
    counts = circuit.window
    for start in range(latest - live.WINDOW_S + live.BUCKET_S, latest + 1, live.BUCKET_S):
        since = max(first, arrivals.before(start - ANSWER_S))
        until = min(end, arrivals.before(start + live.BUCKET_S - ANSWER_S))
        if until > since:
            counts = live.record(counts, BEGAN.timestamp() + start, ok=until - since)
    return replace(circuit, window=live.prune(counts, BEGAN.timestamp() + now))
