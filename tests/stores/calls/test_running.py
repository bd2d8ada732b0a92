"""The running calls, as the journals of the processes tell."""

from datetime import UTC, datetime
from pathlib import Path

from llm.core.calls import Attempt, Caller, CallInfo, CallRecord, CallStatus, Outcome, Trail
from llm.stores.calls.journal import Journal
from llm.stores.calls.running import running_calls

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def info(name: str, minute: int = 0) -> CallInfo:
    caller = Caller(consumer="alice", origin="api")
    started_at = AT.replace(minute=minute)
    return CallInfo(
        id=name, request_id=f"r-{name}", route="default", caller=caller, stream=False, started_at=started_at
    )


def attempt(provider: str, seq: int = 1) -> Attempt:
    return Attempt(
        seq=seq, provider=provider, kind="claude", model="m", outcome=Outcome.INTERRUPTED, started_at=AT, duration_s=0
    )


def test_a_call_runs_from_its_first_attempt_to_its_record(tmp_path: Path) -> None:
    journals = Journal(lambda: tmp_path), Journal(lambda: tmp_path)
    journals[0].begin(info("a", 2), attempt("claude"))
    journals[0].begin(info("a", 2), attempt("gemini", seq=2))
    journals[1].begin(info("b", 1), attempt("claude"))
    assert [(call.id, call.provider, call.attempts, call.consumer) for call in running_calls(tmp_path)] == [
        ("b", "claude", 1, "alice"),
        ("a", "gemini", 2, "alice"),
    ]
    journals[0].finish(CallRecord(call=info("a", 2), status=CallStatus.OK, trail=Trail()))
    assert [call.id for call in running_calls(tmp_path)] == ["b"]
    journals[1].written(["b"])  # the database took the record that the disk did not
    assert running_calls(tmp_path) == []


def test_torn_lines_and_missing_folders_count_as_empty(tmp_path: Path) -> None:
    (tmp_path / "host-1-a.jsonl").write_bytes(b'{"t":"begin","call":{"id":"a"\nnonsense\n[]\n')
    assert running_calls(tmp_path) == []
    assert running_calls(tmp_path / "none") == []
