"""`python -m bench.routing.standby [--json]`: a standby provider in a simulated hour, second by second.

The others have little left from minute 5 to minute 20, with dips of less than two minutes before; the worker looks
every five seconds. It tells when the provider joins and leaves, its share after that, and how often it changes.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.routing.drill import Drill, Result, at_least, at_most
from llm.core.routing.standby import Standby, after_look, share_of

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOOK_S = 5
LOW_FROM_S, LOW_TO_S = 300, 1200
DIPS = ((30, 140), (160, 270))
"""Seconds of shorter shortages, in which nothing must happen."""
USD_A_MINUTE, CAP_USD = Decimal(1), Decimal(8)


def measure() -> dict[str, Any]:
    """The figures of the drill, by name; seconds count from the beginning of the shortage or of its end."""
    free, capped = _hour(None), _hour(CAP_USD)
    joined_s, left_s = free[0][0], free[1][0]
    joined_at = START + timedelta(seconds=joined_s)
    return {
        "joined_after_s": joined_s - LOW_FROM_S,
        "shares_at_0_5_10_15_s": [share_of(joined_at, joined_at + timedelta(seconds=s)) for s in (0, 5, 10, 15)],
        "left_after_s": left_s - LOW_TO_S,
        "changes": [reason for _, reason in free],
        "capped_changes": [reason for _, reason in capped],
        "capped_usd": float(USD_A_MINUTE * (capped[1][0] - capped[0][0]) / 60),
        "cap_usd": float(CAP_USD),
    }


def _hour(cap_usd: Decimal | None) -> list[tuple[int, str]]:
    """When the provider joined or left, in seconds, and why. While it has joined it spends."""
    standby, spent_usd, changes = Standby(), Decimal(0), []
    for second in range(0, 3600, LOOK_S):
        is_low = LOW_FROM_S <= second < LOW_TO_S or any(start <= second < end for start, end in DIPS)
        now = START + timedelta(seconds=second)
        standby, reason = after_look(
            standby, room=0.1 if is_low else 0.9, below=0.2, spent_usd=spent_usd, cap_usd=cap_usd, now=now
        )
        if standby.joined_at is not None:
            spent_usd += USD_A_MINUTE * LOOK_S / 60
        if reason is not None:
            changes.append((second, str(reason)))
    return changes


def play(_seed: int) -> Result:
    """Nothing is left to chance."""
    figures = measure()
    return Result(
        rows=tuple({"figure": name, "value": str(value)} for name, value in figures.items()),
        aims=(
            at_most("seconds of shortage until it joins", figures["joined_after_s"], 120),
            at_least("quiet seconds until it leaves", figures["left_after_s"], 900),
            at_most("changes", len(figures["changes"]), 2),
            at_most(
                "USD, with looks every 5 s",
                figures["capped_usd"],
                figures["cap_usd"] + float(USD_A_MINUTE) * LOOK_S / 60,
            ),
        ),
    )


DRILL = Drill(name="standby", about=__doc__ or "", play=play)
