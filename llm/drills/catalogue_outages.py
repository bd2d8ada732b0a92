"""Drills that last: vendors that are down for a while, one after the other or all at once, and what comes after."""

from llm.drills.drill import Ask, Break, Drill, Heal, Probe, Redis
from llm.drills.expecting import (
    answered_by,
    everyone_answered,
    no_more_calls_than_requests,
    saw,
    saw_at_most,
    stands,
    static,
    within,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName

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
        within(0.5, "without Redis"),
        answered_by("gemini", "out of credit"),
        saw("still without Redis", claude=0, gemini=10),
        saw("with Redis again", claude=0, gemini=30),
        within(0.5, "with Redis again"),
        stands("claude", "open", "with Redis again", reason="credit_exhausted"),
    ),
)

OUTAGES = (MINUTE, FLAPPING, ALL_DOWN, REDIS)
