"""Drills that last: vendors that are down for a while, one after the other or all at once, and what comes after."""

from llm.drills.drill import Ask, Break, Drill, Heal, Probe, Redis, Wait, Work
from llm.drills.expecting import (
    answered_by,
    asked_again_in,
    everyone_answered,
    no_more_calls_than_requests,
    saw,
    saw_at_most,
    stands,
    static,
    within,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName, Scope

DOWN, AFTER = "while it is down", "afterwards"

MINUTE = Drill(
    name="down_for_a_minute",
    title="Claude says 503 for a minute, four workers ask every three seconds: they learn it together, nobody notices",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE),)),
        Ask(scene=DOWN, times=20, every_s=3.0, workers=4),
        Heal(),
        Probe(providers=("claude",)),
        Ask(scene=AFTER),
    ),
    expects=(
        everyone_answered(DOWN),
        saw_at_most("claude", 10, DOWN),
        saw(DOWN, openai=0),
        answered_by("claude", AFTER),
        stands("claude", "closed", AFTER),
    ),
    slow=True,
)

BACK = Drill(
    name="back_before_its_wait",
    title="Claude is well as a wait of 30 s begins: its list of models tells, and nobody sits the wait out",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE),)),
        Ask(scene=DOWN, times=10),
        Work(seconds=16),
        Ask(scene="still down", times=5),  # its wait of 15 s is over: one is a trial, and begins the next of 30 s
        Heal(),
        Work(seconds=18),
        Ask(scene="before its wait is over"),
        Wait(seconds=16),  # the steps of its return
        Ask(scene=AFTER, times=5),
    ),
    expects=(
        everyone_answered(DOWN),
        stands("claude", "open", "still down", reason="server_error"),
        saw("still down", claude=1, gemini=5),
        asked_again_in("claude", 26, 30, "still down"),
        stands("claude", "closed", "before its wait is over"),
        answered_by("claude", AFTER),
    ),
    slow=True,
)

LISTS = Drill(
    name="lists_but_does_not_answer",
    title="Claude lists its models while its completions fail: that the list works is no news, and it is left alone",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE, applies_to=Scope.COMPLETIONS),)),
        Ask(scene=DOWN, times=10),
        Work(seconds=1),
        Ask(scene="looked at", times=10),
    ),
    expects=(
        everyone_answered(DOWN),
        everyone_answered("looked at"),
        stands("claude", "open", "looked at", reason="server_error"),
        saw("looked at", claude=0, gemini=10),
    ),
)

FLAPPING = Drill(
    name="flapping",
    title="Six of ten answers are errors, never five in a row: the circuit opens by rate, and nobody notices",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.UNAVAILABLE, probability=0.6, seed=1),)),
        Ask(scene=DOWN, times=30),
        Ask(scene=AFTER, times=10),
    ),
    expects=(
        everyone_answered(DOWN),
        saw(DOWN, claude=10),
        stands("claude", "open", DOWN, reason="server_error"),
        answered_by("gemini", AFTER),
        saw(AFTER, claude=0, gemini=10, openai=0),
    ),
)

ALL_DOWN = Drill(
    name="all_down_and_back",
    title="All three fall over, and come back: the static answer meanwhile, the vendors' own once a probe finds them",
    acts=(
        *(Break(vendor=vendor, faults=(Fault(name=FaultName.UNAVAILABLE),)) for vendor in VENDORS),
        Ask(scene=DOWN, times=10),
        Ask(scene="later in the outage", times=10),
        Heal(),
        Probe(),
        Ask(scene=AFTER, times=10),
    ),
    expects=(
        static(DOWN),
        static("later in the outage"),
        no_more_calls_than_requests("later in the outage"),
        everyone_answered(AFTER),
    ),
)

REDIS = Drill(
    name="redis_gone_and_back",
    title="Redis dies, Claude's credit runs out meanwhile, Redis comes back: nobody waits, and the news is not lost",
    acts=(
        Ask(scene="with Redis", times=5),
        Redis(there=False),
        Ask(scene="without Redis", times=20, every_s=0.1),
        Break(vendor="claude", faults=(Fault(name=FaultName.CREDIT),)),
        Ask(scene="out of credit"),
        Ask(scene="still without Redis", times=10, every_s=0.1),
        Redis(there=True),
        Ask(scene="with Redis again", times=30, every_s=0.1),
    ),
    expects=(
        answered_by("claude", "with Redis"),
        answered_by("claude", "without Redis"),
        within(2, "without Redis"),
        answered_by("gemini", "out of credit"),
        saw("still without Redis", claude=0, gemini=10),
        saw("with Redis again", claude=0, gemini=30),
        within(2, "with Redis again"),
        stands("claude", "open", "with Redis again", reason="credit_exhausted"),
    ),
)

OUTAGES = (MINUTE, BACK, LISTS, FLAPPING, ALL_DOWN, REDIS)
