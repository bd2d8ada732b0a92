"""Drills of outages that last: one vendor, all vendors, Redis; and the recovery."""

from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.drills.drill import Drill, Heal, Probe, RunProbes, SendRequests, SetFaults, SwitchRedis, Wait
from llm.drills.expectations import (
    all_answered,
    answered_by,
    answered_within,
    at_most_calls,
    circuit_is,
    no_more_calls_than_requests,
    retried_in,
    static_answered,
    vendor_calls,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName, FaultScope

DOWN, AFTER = "while it is down", "afterwards"

MINUTE = Drill(
    name="down_for_a_minute",
    title="Claude says 503 for a minute, four workers send a request every three seconds: they share one circuit",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE),)),
        SendRequests(scene=DOWN, times=20, every_s=3.0, workers=4),
        Heal(),
        Probe(providers=("claude",)),
        SendRequests(scene=AFTER),
    ),
    expects=(
        all_answered(DOWN),
        at_most_calls("claude", 10, DOWN),
        vendor_calls(DOWN, openai=0),
        answered_by("claude", AFTER),
        circuit_is("claude", CircuitState.CLOSED, AFTER),
    ),
    slow=True,
)

BACK = Drill(
    name="back_before_its_wait",
    title="Claude recovers early in a wait of 30 s: listing its models succeeds, and the wait ends",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE),)),
        SendRequests(scene=DOWN, times=10),
        RunProbes(seconds=16),
        SendRequests(scene="still down", times=5),  # one is a trial after 15 s and fails: 30 s
        Heal(),
        RunProbes(seconds=18),
        SendRequests(scene="before its wait is over"),
        Wait(seconds=16),  # its share of the calls grows back
        SendRequests(scene=AFTER, times=5),
    ),
    expects=(
        all_answered(DOWN),
        circuit_is("claude", CircuitState.OPEN, "still down", reason=ErrorClass.SERVER_ERROR),
        vendor_calls("still down", claude=1, gemini=5),
        retried_in("claude", 26, 30, "still down"),
        circuit_is("claude", CircuitState.CLOSED, "before its wait is over"),
        answered_by("claude", AFTER),
    ),
    slow=True,
)

LISTS = Drill(
    name="lists_but_does_not_answer",
    title="Claude lists its models while its completions fail: the list does not end the wait, and it gets no calls",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE, applies_to=FaultScope.COMPLETIONS),)),
        SendRequests(scene=DOWN, times=10),
        RunProbes(seconds=1),
        SendRequests(scene="after a list probe", times=10),
    ),
    expects=(
        all_answered(DOWN),
        all_answered("after a list probe"),
        circuit_is("claude", CircuitState.OPEN, "after a list probe", reason=ErrorClass.SERVER_ERROR),
        vendor_calls("after a list probe", claude=0, gemini=10),
    ),
)

FLAPPING = Drill(
    name="flapping",
    title="Six of ten answers are errors, never five in a row: the circuit opens by rate, every request is answered",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE, probability=0.6, seed=1),)),
        SendRequests(scene=DOWN, times=30),
        SendRequests(scene=AFTER, times=10),
    ),
    expects=(
        all_answered(DOWN),
        vendor_calls(DOWN, claude=10),
        circuit_is("claude", CircuitState.OPEN, DOWN, reason=ErrorClass.SERVER_ERROR),
        answered_by("gemini", AFTER),
        vendor_calls(AFTER, claude=0, gemini=10, openai=0),
    ),
)

ALL_DOWN = Drill(
    name="all_down_and_back",
    title="All three vendors fail and recover: static answers during the outage, the vendors' after a good probe",
    acts=(
        *(SetFaults(vendor=vendor, faults=(Fault(name=FaultName.UNAVAILABLE),)) for vendor in VENDORS),
        SendRequests(scene=DOWN, times=10),
        SendRequests(scene="later in the outage", times=10),
        Heal(),
        Probe(),
        SendRequests(scene=AFTER, times=10),
    ),
    expects=(
        static_answered(DOWN),
        static_answered("later in the outage"),
        no_more_calls_than_requests("later in the outage"),
        all_answered(AFTER),
    ),
)

REDIS = Drill(
    name="redis_gone_and_back",
    title="Redis dies, Claude's credit runs out, Redis comes back: no request waits, and the open circuit is kept",
    acts=(
        SendRequests(scene="with Redis", times=5),
        SwitchRedis(running=False),
        SendRequests(scene="without Redis", times=20, every_s=0.1),
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        SendRequests(scene="out of credit"),
        SendRequests(scene="still without Redis", times=10, every_s=0.1),
        SwitchRedis(running=True),
        SendRequests(scene="with Redis again", times=30, every_s=0.1),
    ),
    expects=(
        answered_by("claude", "with Redis"),
        answered_by("claude", "without Redis"),
        answered_within(2, "without Redis"),
        answered_by("gemini", "out of credit"),
        vendor_calls("still without Redis", claude=0, gemini=10),
        vendor_calls("with Redis again", claude=0, gemini=30),
        answered_within(2, "with Redis again"),
        circuit_is("claude", CircuitState.OPEN, "with Redis again", reason=ErrorClass.CREDIT_EXHAUSTED),
    ),
)

OUTAGES = (MINUTE, BACK, LISTS, FLAPPING, ALL_DOWN, REDIS)
