"""The sums of everything since the first call: what metrics show as counters.

They come from the same sums and rows as the analytics, so no call counts twice, and none is lost with its worker or
with the rows that retention deletes. A fixed number of queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Sum

from llm.core.calls import CallStatus
from llm.core.usage.dimensions import Cube, Dimension
from llm.core.usage.periods import HOUR, Parts, day_of, split
from llm.core.usage.sums import Sums
from llm.models import Call
from llm.stores.usage import kept, rows, state
from llm.stores.usage.rows import Asked, Groups

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before the first call of any installation."""
ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """The attempts at one provider of one error class; "" for those that did not fail.

    `cost_nano` and `saved_nano`: billionths of a US dollar.
    """

    provider: str
    error_class: str
    attempts: int = 0
    failed: int = 0
    broken_off: int = 0
    interrupted: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano: int = 0
    saved_nano: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failovers:
    """Calls that `to` answered in place of `origin`."""

    origin: str
    to: str
    why: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`calls` by status, `answered` to `resumed`: of callers. `tests`: calls of tests and probes.

    Attempts are those of all calls: vendors bill tests too. `failovers` in the order in which they first happened.
    """

    calls: dict[str, int]
    answered: int
    fallbacks: int
    static: int
    resumed: int
    tests: int
    attempts: tuple[Attempts, ...]
    failovers: tuple[Failovers, ...]


def totals(now: datetime) -> Totals:
    """Of all calls that the database has."""
    with state.snapshot():
        parts = split(BEGINNING, now + HOUR, state.known())  # another machine's clock may be ahead
        of_callers = _sums(parts, Cube.OUTCOME, (Dimension.STATUS,), tests=False)
        everything = _sums(parts, Cube.VENDOR, (Dimension.PROVIDER, Dimension.ERROR_CLASS), tests=True)
        failovers = _failovers(parts)
    whole = Sums()
    for sums in of_callers.values():
        whole.add(sums)
    return Totals(
        calls={status: sums.calls for (status,), sums in of_callers.items() if sums.calls},
        answered=whole.answered,
        fallbacks=whole.fallbacks,
        static=whole.static,
        resumed=whole.resumed,
        tests=sum(sums.calls for sums in everything.values()) - whole.calls,
        attempts=tuple(
            Attempts(
                provider=provider,
                error_class=error_class,
                attempts=sums.attempts,
                failed=sums.failed,
                broken_off=sums.broken_off,
                interrupted=sums.interrupted,
                unpriced=sums.unpriced,
                input_tokens=sums.input_tokens,
                output_tokens=sums.output_tokens,
                cost_nano=sums.cost_nano,
                saved_nano=sums.saved_nano,
            )
            for (provider, error_class), sums in sorted(everything.items())
            if sums.attempts
        ),
        failovers=failovers,
    )


def _sums(parts: Parts, cube: Cube, by: Sequence[Dimension], *, tests: bool) -> Groups:
    asked = Asked(by=tuple(by), filters={}, tests=tests, zone=ZONE)
    groups = kept.sums_of_parts(parts, cube, asked, histograms=())
    for key, sums in rows.sums_of_spans(parts.rows, asked, histograms=()).items():
        groups.setdefault(key, Sums()).add(sums)
    return groups


def _failovers(parts: Parts) -> tuple[Failovers, ...]:
    """By the day of the first time, which stays the same when hours become days."""
    zone = state.own_zone()
    found: dict[tuple[str, str, str], tuple[date, int]] = {}
    names = ("failover_from", "provider", "failover_why")
    summed = kept.of_parts(parts, Cube.FAILOVER).filter(fallbacks__gt=0).values_list(*names)
    running = Call.objects.order_by().filter(rows.begun(parts.rows, "started_at"), status=CallStatus.OK, fallback=True)
    for query in (
        summed.annotate(first=Min("start"), n=Sum("fallbacks")),
        running.values_list(*names).annotate(first=Min("started_at"), n=Count("pk")),
    ):
        for origin, to, why, first, number in query:
            day = day_of(first, zone)
            before, calls = found.get((origin, to, why), (day, 0))
            found[origin, to, why] = (min(before, day), calls + number)
    ordered = sorted(found.items(), key=lambda one: (one[1][0], one[0]))
    return tuple(Failovers(origin=origin, to=to, why=why, calls=calls) for (origin, to, why), (_, calls) in ordered)
