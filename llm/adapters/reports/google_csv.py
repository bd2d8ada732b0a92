"""Google Cloud's billing export, as a CSV file: the standard usage cost table of BigQuery, one row an hour and SKU.

https://cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage. Its times are UTC; the cost
table of the console has days of Pacific time, which no UTC day can be compared with.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from llm.adapters.reports.fields import in_dollars, moment, money
from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.day import DEFAULT_TIER, Charge, TokenKind, Tokens, UsageLine, VendorDay

MAX_BYTES = 256 * 1024 * 1024
COLUMNS = (
    "service.description", "sku.description", "usage_start_time", "usage.amount", "cost", "currency",
)  # fmt: skip
SERVICES = ("generative language api", "gemini api")
# Google documents no grammar of its SKUs. What others quote from their bills, beside the plain form:
# "Generate_content cached text input token count for gemini 3 flash", "Generate_content text cached input token count",
# and "Generate content input token count gemini 3.7 flash image flex caching".
COUNTED = re.compile(
    r"\b(?P<cached>cached )?(?:(?:text|audio|image|video) )?(?P<kind>input|output) token count\b"
    r"(?P<caching>.*\bcaching\b)?",
    re.I,
)
MODEL = re.compile(r"\bgemini [\d.]+(?: (?:pro|flash|flash[ -]lite|ultra|nano))?(?: lite)?", re.I)
TIER = re.compile(r"\b(batch|flex|priority)\b", re.I)
KINDS = {"input": TokenKind.INPUT, "output": TokenKind.OUTPUT}


def read(path: Path, day: date) -> VendorDay:
    """The day's usage of Gemini. Raises ReportUnavailable, which names missing columns."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ReportUnavailable(f"{path} is longer than {MAX_BYTES} bytes. Export fewer days.")
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines, charges = _read(csv.DictReader(file), day)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReportUnavailable(f"{path} could not be read: {error}.") from error
    return VendorDay(day=day, lines=tuple(lines), charges=tuple(charges))


def _read(table: "csv.DictReader[str]", day: date) -> tuple[list[UsageLine], list[Charge]]:
    names = {name.strip().lower().replace("_", "."): name for name in table.fieldnames or ()}
    columns = {wanted: names.get(wanted.replace("_", ".")) for wanted in COLUMNS}
    if missing := [wanted for wanted, name in columns.items() if name is None]:
        raise ReportUnavailable(
            f"The file lacks the columns {', '.join(missing)} of Google Cloud's standard billing export (BigQuery)."
        )
    lines, charges = list[UsageLine](), list[Charge]()
    for row in table:
        cells = {wanted: row.get(name or "") or "" for wanted, name in columns.items()}
        for line, charge in _usage(cells, day):
            lines += [line] if line else []
            charges.append(charge)
    return lines, charges


def _usage(cells: dict[str, str], day: date) -> Iterator[tuple[UsageLine | None, Charge]]:
    """What the row says of the day; nothing for other days and services."""
    if cells["service.description"].strip().lower() not in SERVICES:
        return
    start = moment("usage_start_time", cells["usage_start_time"])
    if start.date() != day:
        return
    in_dollars(cells["currency"].strip())
    usd, sku = money("cost", cells["cost"].strip()), cells["sku.description"].strip()
    counted, model = COUNTED.search(sku), MODEL.search(sku)
    if counted is None or model is None:
        yield None, Charge(usd=usd, what=sku)
        return
    is_cached = counted["cached"] or counted["caching"]
    kind, tier = TokenKind.CACHED if is_cached else KINDS[counted["kind"].lower()], TIER.search(sku)
    tokens = Tokens(**{str(kind): int(money("usage.amount", cells["usage.amount"].strip() or "0"))})
    name = re.sub(r" +", "-", model[0].lower().strip())
    tier_name = tier[0].lower() if tier else DEFAULT_TIER
    hour = start.replace(minute=0, second=0, microsecond=0)
    line = UsageLine(model=name, tier=tier_name, hour=hour, tokens=tokens)
    yield line, Charge(usd=usd, model=name, tier=tier_name, kind=kind)
