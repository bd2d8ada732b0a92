"""Makes rows of calls and attempts of call records, and has them written.

Writing a record twice changes nothing: row ids follow from the record, so recovery may repeat the
last write of a killed process.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from django.db import DataError, IntegrityError, transaction

from llm.core.calls import Attempt, CallRecord, CallStatus, Skip
from llm.core.chat.response import NO_USAGE, Usage
from llm.core.cost.reckon import NOTHING
from llm.core.cost.value import Cost, total
from llm.core.failures.policy import Failure
from llm.ids import attempt_id
from llm.stores.budgets import booking
from llm.stores.budgets.booking import Charge
from llm.stores.budgets.ledger import ledger
from llm.stores.calls import tables
from llm.stores.calls.tables import AttemptRow, CallRow
from llm.stores.config.snapshot import config_store
from llm.stores.prices import price

INTEGER_MAX = 2_147_483_647
"""The largest PostgreSQL integer; larger token counts are errors of the vendor and are cut to it."""
SMALL_MAX = 32_767
POISON = (DataError, IntegrityError, ValueError, TypeError, ArithmeticError)
"""Errors caused by a record's content. All others are failures of the database."""

Reject = Callable[[CallRecord, Exception], None]


def store(records: Iterable[CallRecord], reject: Reject) -> None:
    """Writes the records. Calls `reject` for each record that the database rejects.

    Raises the driver's errors when the database fails. Some records may be written by then; all may be
    stored again.
    """
    unique = {record.call.id: record for record in records}
    batches = [list(unique.values())]
    while batches:
        batch = batches.pop()
        try:
            insert(batch)
        except POISON as error:
            if len(batch) == 1:
                ledger.settle(batch[0].call.id)
                reject(batch[0], error)
            else:
                half = len(batch) // 2
                batches += [batch[half:], batch[:half]]


def insert(records: Sequence[CallRecord]) -> None:
    """Writes all records, and what they cost their budgets, in one transaction."""
    if not records:
        return
    calls: list[CallRow] = []
    attempts: list[AttemptRow] = []
    charges: list[Charge] = []
    rules = booking.rules_in_force()
    for record in records:
        # By seq: one statement may not write the same row twice.
        rows = list({attempt.seq: _attempt_row(record, attempt) for attempt in record.trail.attempts}.values())
        calls.append(_call_row(record, rows))
        attempts += rows
        charges += booking.charges_of(record, rows, rules)
    if not charges:
        tables.put(calls, attempts)
    else:
        with transaction.atomic():
            tables.put(calls, attempts)
            booking.book(charges)
    _settle(records, charges)


def _settle(records: Sequence[CallRecord], charges: Sequence[Charge]) -> None:
    """Ends what the stored calls hold of budgets. Of the beginning of a call more will be told."""
    if not ledger.held():
        return
    costs: dict[str, dict[str, int]] = {}
    for charge in charges:
        costs.setdefault(str(charge.call_id), {})[charge.account] = charge.amount
    for record in records:
        if record.status is not CallStatus.INTERRUPTED:
            ledger.settle(record.call.id, costs.get(record.call.id))


def _call_row(record: CallRecord, attempts: Sequence[AttemptRow]) -> CallRow:
    call, failure, usage = record.call, record.failure, record.trail.usage
    return CallRow(
        id=uuid.UUID(call.id),
        request_id=_fit(call.request_id, 128),
        started_at=call.started_at,
        route=_fit(call.route, 64),
        origin=_fit(call.caller.origin, 16),
        user_id=call.caller.user_id,
        key_id=_fit(call.caller.key_id, 36),
        consumer=_fit(call.caller.consumer, 200),
        team=_fit(call.caller.team, 64),
        tags=json.dumps(call.caller.tags),
        stream=call.stream,
        status=str(record.status),
        provider=_fit(record.provider, 64),
        model=_fit(record.model, 128),
        error_class=str(failure.error_class) if failure else "",
        error_message=_fit(failure.message, 500) if failure else "",
        attempts_made=min(len(attempts), SMALL_MAX),
        skips=json.dumps([_skip(skip) for skip in record.trail.skips]),
        dropped=json.dumps([_fit(name) for name in record.dropped]),
        resumed=record.resumed,
        fallback=record.fallback,
        failover_from=_fit(record.failover_from, 64),
        failover_why=_fit(record.failover_why, 32),
        elapsed_ms=record.elapsed_s * 1000,
        first_token_ms=_milliseconds(record.first_token_s),
        input_tokens=_count(usage.input),
        output_tokens=_count(usage.output),
        cached_tokens=_count(usage.cached),
        cache_written_tokens=_count(usage.cache_written),
        reasoning_tokens=_count(usage.reasoning),
        cost_usd=total(attempt.cost_usd for attempt in attempts),
        unpriced_attempts=min(sum(attempt.unpriced for attempt in attempts), SMALL_MAX),
        prompt=_fit(record.prompt),
        answer=_fit(record.answer),
    )


def _attempt_row(record: CallRecord, attempt: Attempt) -> AttemptRow:
    failure, usage = attempt.failure, attempt.usage
    cost = attempt.cost or _late_cost(attempt)
    vendor_request_id = attempt.vendor_request_id or (failure.vendor_request_id if failure else None)
    return AttemptRow(
        id=attempt_id(uuid.UUID(record.call.id), attempt.seq),
        call_id=uuid.UUID(record.call.id),
        seq=attempt.seq,
        provider=_fit(attempt.provider, 64),
        kind=_fit(attempt.kind, 32),
        model=_fit(attempt.model, 128),
        answered_model=_fit(attempt.answered_model, 128),
        outcome=str(attempt.outcome),
        reason=str(attempt.reason),
        why=_fit(attempt.why, 200),
        started_at=attempt.started_at,
        duration_ms=attempt.duration_s * 1000,
        first_token_ms=_milliseconds(attempt.first_token_s),
        error_class=str(failure.error_class) if failure else "",
        http_status=_status(failure),
        vendor_code=_fit(failure.vendor_code, 128) if failure else "",
        vendor_request_id=_fit(vendor_request_id, 128),
        message=_fit(failure.message, 500) if failure else "",
        input_tokens=_count(usage.input),
        output_tokens=_count(usage.output),
        cached_tokens=_count(usage.cached),
        cache_written_tokens=_count(usage.cache_written),
        cache_written_1h_tokens=_count(usage.cache_written_1h),
        reasoning_tokens=_count(usage.reasoning),
        input_audio_tokens=_count(usage.input_audio),
        output_audio_tokens=_count(usage.output_audio),
        input_image_tokens=_count(usage.input_image),
        output_image_tokens=_count(usage.output_image),
        units=_units(usage),
        tier=_fit(usage.tier, 16),
        region=_fit(usage.region, 32),
        reported=_fit(usage.reported) or None,
        estimated=attempt.estimated or cost.estimated,
        malformed=min(attempt.malformed, SMALL_MAX),
        cost_usd=cost.usd,
        cost_parts=_parts(cost),
        saved_usd=cost.saved_usd or None,
        price_version=_fit(cost.price_version, 64),
        unpriced=cost.unpriced,
    )


def _late_cost(attempt: Attempt) -> Cost:
    """The cost of an attempt whose record has none: an interrupted one, or one of an older release."""
    if attempt.usage == NO_USAGE:
        return NOTHING
    return price(attempt, config_store.current_sync().prices)


def _units(usage: Usage) -> str:
    return json.dumps({_fit(name): _count(number) for name, number in usage.units}) if usage.units else "{}"


def _parts(cost: Cost) -> str | None:
    """The parts as decimal strings in plain notation; a JSON number would lose digits."""
    return json.dumps({_fit(name): _plain(usd) for name, usd in cost.parts}) if cost.parts else None


def _plain(usd: Decimal) -> str:
    """Every digit, without zeros at the end."""
    return f"{usd.normalize():f}"


def _fit(text: str | None, limit: int | None = None) -> str:
    """The text cut to the column's length, without NUL and lone surrogates, which no column accepts."""
    if not text:
        return ""
    cut = text[:limit]
    if cut.isascii() and "\x00" not in cut:
        return cut
    return cut.replace("\x00", "").encode("utf-8", "replace").decode()


def _count(tokens: int) -> int:
    return int(max(0, min(tokens, INTEGER_MAX)))


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _status(failure: Failure | None) -> int | None:
    if failure is None or failure.http_status is None:
        return None
    return failure.http_status if 0 <= failure.http_status <= SMALL_MAX else None


def _skip(skip: Skip) -> dict[str, str | None]:
    return {
        "provider": _fit(skip.provider),
        "reason": _fit(skip.reason),
        "detail": _fit(skip.detail),
        "until": skip.until.isoformat() if skip.until else None,
    }
