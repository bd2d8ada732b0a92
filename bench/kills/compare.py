"""Compares the vendor's own list of calls with the gateway's records, by the id in prompt and X-Request-ID."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.kills.load import Outcomes
from bench.kills.product import Product

ROWS = """
import json
from llm.models import Attempt, Call
print(json.dumps({
    "calls": list(Call.objects.values_list("request_id", "status")),
    "attempts": list(Attempt.objects.values_list("call__request_id", "outcome")),
}))
"""
RECOVER = "from llm.stores.calls.log import recover; recover()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`acknowledged_lost`: whole answers without a finished record. `unsent`: attempts on record that no vendor saw."""

    sent: int
    cut: int
    refused: int
    vendor_calls: int
    attempts: int
    vendor_calls_without_record: int
    acknowledged_lost: int
    doubles: int
    unsent: int
    unsent_interrupted: int


def compare(product: Product, vendor_journal: Path, outcomes: Outcomes) -> Comparison:
    """The comparison, after what dead processes left has been recovered."""
    product.manage("shell", "--no-imports", "-c", RECOVER)
    rows = json.loads(product.manage("shell", "--no-imports", "-c", ROWS).strip().splitlines()[-1])
    asked = Counter(vendor_journal.read_text().split())
    attempts = Counter(request_id for request_id, _ in rows["attempts"])
    interrupted = Counter(request_id for request_id, outcome in rows["attempts"] if outcome == "interrupted")
    finished = {request_id for request_id, status in rows["calls"] if status != "interrupted"}
    records = Counter(request_id for request_id, _ in rows["calls"])
    unsent = attempts - asked
    return Comparison(
        sent=outcomes.ended,
        cut=len(outcomes.cut),
        refused=len(outcomes.refused),
        vendor_calls=asked.total(),
        attempts=attempts.total(),
        vendor_calls_without_record=(asked - attempts).total(),
        acknowledged_lost=len(outcomes.whole - finished),
        doubles=sum(number - 1 for number in records.values()),
        unsent=unsent.total(),
        unsent_interrupted=(unsent & interrupted).total(),
    )
