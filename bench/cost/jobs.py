"""The jobs of `make bench`, in the order in which each system gets them."""

from bench.cost.bodies import Size
from bench.cost.load import ANTHROPIC, Job

JOBS = (
    Job(name="plain", requests=2000),
    Job(name="plain, long answer", requests=600, size=Size.LONG_ANSWER),
    Job(name="plain, 50 a second", requests=400, per_second=50),
    Job(name="stream of 20 events", requests=600, stream=True),
    Job(name="stream, 20 a second", requests=160, stream=True, per_second=20),
    Job(name="400 kB", requests=160, size=Size.LARGE, at_once=8),
    Job(name="4 MB", requests=24, size=Size.HUGE, at_once=2, watched=True),
    Job(name="1,000 at once, 500 ms", requests=3000, at_once=1000, delay_ms=500, watched=True),
    Job(name="Anthropic's API, plain", requests=1000, path=ANTHROPIC),
    Job(name="Anthropic's API, stream", requests=400, stream=True, path=ANTHROPIC),
)

TWO_WORKERS = ("plain", "stream of 20 events")
"""Asked of two workers as well."""
