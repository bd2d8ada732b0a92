"""`python -m bench.analytics.victim CALLS SEED FILE`: records calls as a worker does, until it is killed.

Each call's cost goes to FILE when the call log has taken its record, as an answer's header would go out.
"""

import os
import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

HOURS = 30
"""The calls began within so many hours before now."""


def main() -> None:
    calls, seed, path = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    django.setup()
    from llm.stores.calls.log import DatabaseCallLog

    chance = random.Random(seed)  # noqa: S311  no secret
    log, now = DatabaseCallLog(), datetime.now(UTC)
    log.start()
    with path.open("a", buffering=1) as headers:
        for _ in range(calls):
            record = _record(chance, now)
            log.write_sync(record)
            headers.write(f"{record.call.id} {record.trail.cost_usd or 0}\n")
    log.stop(60)


def _record(chance: random.Random, now: datetime):  # type: ignore[no-untyped-def]  # its type is imported after set-up
    from llm.core.calls import Attempt, Caller, CallInfo, CallRecord, CallStatus, Outcome, Trail
    from llm.core.chat.response import Usage
    from llm.core.failures.policy import ErrorClass, Failure
    from llm.ids import uuid7
    from llm.kinds import KINDS
    from llm.stores.prices.price import price

    began = now - timedelta(seconds=chance.random() * HOURS * 3600)
    kinds = chance.sample(sorted(KINDS), chance.choice((1, 1, 1, 2, 3)))
    status = chance.choice((CallStatus.OK, CallStatus.OK, CallStatus.STATIC, CallStatus.CUT, CallStatus.CANCELLED))
    attempts = []
    for seq, kind in enumerate(kinds, start=1):
        is_last = seq == len(kinds) and status is not CallStatus.STATIC
        attempt = Attempt(
            seq=seq,
            provider=kind,
            kind=kind,
            model="unknown-model" if chance.random() < 0.05 else KINDS[kind].default_model,
            outcome=Outcome.OK if is_last else Outcome.FAILED,
            started_at=began,
            duration_s=chance.random(),
            failure=None if is_last else Failure(error_class=ErrorClass.OVERLOADED, message="busy"),
            usage=Usage(input=chance.randint(0, 9999), output=chance.randint(0, 999))
            if chance.random() < 0.9
            else Usage(),
        )
        attempts.append(replace(attempt, cost=price(attempt)))
    caller = Caller(consumer=f"shop {chance.randint(1, 5)}", origin=chance.choice(("api", "code", "probe")))
    route = chance.choice(("default", "suggestions"))
    return CallRecord(
        call=CallInfo(id=str(uuid7(began)), request_id="r", route=route, caller=caller, stream=False, started_at=began),
        status=status,
        trail=Trail(attempts=tuple(attempts)),
        provider=kinds[-1] if status is CallStatus.OK else "",
        elapsed_s=chance.random(),
    )


if __name__ == "__main__":
    main()
