"""Each record reaches the database exactly once: at once, or after an outage."""

import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections

from llm.core.calls import CallStatus, Outcome, Skip, SkipReason
from llm.core.chat.response import Usage
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import Attempt, Call
from llm.stores import prices
from llm.stores.calls import rows as call_rows
from tests.log_lines import events_of
from tests.stores.calls.records import NOON, a_call, a_record, an_attempt


def stored(*records) -> bool:
    return Call.objects.filter(pk__in=[record.call.id for record in records]).count() == len(records)


def test_the_rows_hold_all_fields_of_a_record(log):
    failure = Failure(
        error_class=ErrorClass.CREDIT_EXHAUSTED, message="no credit", http_status=402, vendor_request_id="req_v"
    )
    failed = an_attempt(outcome=Outcome.FAILED, usage=Usage())
    failed = type(failed)(**{name: getattr(failed, name) for name in failed.__slots__} | {"failure": failure})
    won = an_attempt(seq=2, usage=Usage(input=100, output=20, cached=10, reasoning=5))
    skip = Skip(provider="openai", reason=SkipReason.OPEN, detail="rests", until=NOON + timedelta(minutes=1))
    record = a_record(attempts=(failed, won), skips=(skip,))
    assert log.write_sync(record)

    call = Call.objects.get(pk=record.call.id)
    assert (call.status, call.provider, call.consumer, call.origin) == ("ok", "claude", "alice", "api")
    assert (call.attempts_made, call.elapsed_ms, call.started_at) == (2, 600, NOON)
    assert (call.input_tokens, call.output_tokens, call.cached_tokens, call.reasoning_tokens) == (100, 20, 10, 5)
    assert call.skips == [
        {"provider": "openai", "reason": "open", "detail": "rests", "until": "2026-03-04T12:01:00+00:00"}
    ]
    first, second = call.attempts.all()
    assert (first.outcome, first.error_class, first.http_status) == ("failed", "credit_exhausted", 402)
    assert (first.vendor_request_id, first.cost_usd) == ("req_v", None)
    assert second.cost_usd == prices.cost("claude", "claude-sonnet-5-5", won.usage)
    assert call.cost_usd == second.cost_usd > Decimal(0)


def test_a_call_without_a_known_price_has_no_cost(log):
    record = a_record(status=CallStatus.STATIC, attempts=(), provider="static")
    assert log.write_sync(record)
    assert Call.objects.get(pk=record.call.id).cost_usd is None


@pytest.mark.parametrize("keep", [True, False])
def test_prompt_and_answer_are_kept_only_when_the_setting_says_so(log, settings, journal_dir, keep):
    settings.LLM = {**settings.LLM, "KEEP_CONTENT": keep}
    record = a_record(prompt="a question", answer="an answer")
    assert log.write_sync(record)
    call = Call.objects.get(pk=record.call.id)
    assert (call.prompt, call.answer) == (("a question", "an answer") if keep else ("", ""))
    on_disk = b"".join(path.read_bytes() for path in journal_dir.iterdir())
    assert (b"a question" in on_disk) is keep


def test_a_hundred_tasks_each_find_their_own_row_after_the_await(log):
    async def write_and_find() -> bool:
        record = a_record()
        await log.begin(record.call, an_attempt(outcome=Outcome.INTERRUPTED))
        await log.write(record)
        return await asyncio.to_thread(is_stored, record)

    def is_stored(record) -> bool:
        try:
            return stored(record) and Attempt.objects.filter(call=record.call.id).count() == 1
        finally:
            connection.close()

    async def run_all() -> list[bool]:
        return await asyncio.gather(*(write_and_find() for _ in range(100)))

    assert all(asyncio.run(run_all()))


def test_a_hundred_threads_each_find_their_own_row_after_the_call(log):
    def write_and_find(_: int) -> bool:
        record = a_record()
        try:
            return log.write_sync(record) and stored(record)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(write_and_find, range(100)))
    assert Call.objects.count() == 100


def _writers() -> int:
    return sum(thread.name == "llm-call-log" for thread in threading.enumerate())


def test_several_event_loops_share_one_log(log):
    before = _writers()

    async def some() -> list[bool]:
        return await asyncio.gather(*(log.write(a_record()) for _ in range(20)))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: asyncio.run(some()), range(4)))
    assert all(all(each) for each in answers)
    assert Call.objects.count() == 80
    assert _writers() == before + 1


def test_a_record_is_written_after_its_caller_is_cancelled(log):
    record = a_record()

    async def cancelled() -> None:
        waiting = asyncio.ensure_future(log.write(record))
        waiting.cancel()

    asyncio.run(cancelled())
    assert log.flush(20)
    assert stored(record)


def test_writing_the_same_record_twice_leaves_one_row(log):
    record = a_record(attempts=(an_attempt(), an_attempt(seq=2)))
    assert log.write_sync(record)
    assert log.write_sync(record)
    assert Call.objects.count() == 1
    assert Attempt.objects.count() == 2


def test_odd_text_is_made_to_fit(log):
    odd = a_record(
        call=a_call(consumer="nul\x00 and \ud800 " + "x" * 500),
        model="m" * 1_000,
        attempts=(an_attempt(usage=Usage(input=10**12, output=-4)),),
        skips=(Skip(provider="p", reason=SkipReason.OPEN, detail="a\x00b"),),
    )
    assert log.write_sync(odd)
    call = Call.objects.get(pk=odd.call.id)
    assert call.consumer.startswith("nul and ? xxx")
    assert len(call.model) == 128
    assert call.skips[0]["detail"] == "ab"
    assert (call.input_tokens, call.output_tokens) == (call_rows.INTEGER_MAX, 0)


def test_a_record_that_the_database_refuses_does_not_block_the_others(log, journal_dir, caplog):
    call = a_call()
    poison = a_record(call=replace(call, caller=replace(call.caller, user_id=2**70)))  # no integer of either database
    good = [a_record() for _ in range(20)]

    async def together() -> list[bool]:
        mixed = [*good[:10], poison, *good[10:]]
        return await asyncio.gather(*(log.write(record) for record in mixed))

    assert asyncio.run(together()) == [True] * 10 + [False] + [True] * 10
    assert stored(*good)
    assert not stored(poison)
    [line] = (journal_dir / "rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["record"]["call"]["id"] == poison.call.id
    assert events_of(caplog, "llm.stores.calls") == ["call_record_refused"]
    assert log.backlog() == 0


def test_a_log_that_was_stopped_leaves_no_file_and_may_be_used_again(log, journal_dir):
    assert log.write_sync(a_record())
    assert log.stop()
    assert list(journal_dir.iterdir()) == []
    assert log.write_sync(a_record())


def test_stopping_writes_what_still_waits(log):
    records = [a_record() for _ in range(500)]

    async def and_do_not_wait() -> None:
        for record in records:
            log.write(record)

    asyncio.run(and_do_not_wait())
    assert log.stop(20)
    assert stored(*records)


def written_by_the_child(log, record) -> bool:
    try:
        if connection.vendor == "postgresql":
            # Django's pool is the parent's, whose connections end when the child closes it.
            connections["default"]._connection_pools.clear()
        written = log.backlog() == 0 and log.write_sync(record)
        return log.stop() and written
    except BaseException:  # noqa: BLE001  the child must not go on as a second test runner
        return False


def test_the_child_of_a_fork_writes_with_a_thread_and_a_journal_of_its_own(log, journal_dir):
    assert log.write_sync(a_record())
    child_record = a_record()
    connection.close()
    child = os.fork()
    if child == 0:
        os._exit(0 if written_by_the_child(log, child_record) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert stored(child_record)
    assert log.write_sync(a_record())
