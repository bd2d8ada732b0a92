"""Call records for tests: fixed ones, and strategies that generate all others."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from llm.core.calls import Attempt, Caller, CallInfo, CallRecord, CallStatus, Outcome, Skip, SkipReason, Trail
from llm.core.chat.response import Usage
from llm.core.cost.value import Cost
from llm.core.failures.policy import ErrorClass, Failure
from llm.ids import uuid7

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def a_call(*, started_at: datetime = NOON, consumer: str = "alice", route: str = "default") -> CallInfo:
    return CallInfo(
        id=str(uuid7(started_at)),
        request_id="req-1",
        route=route,
        caller=Caller(consumer=consumer, origin="api"),
        stream=False,
        started_at=started_at,
    )


SOME_TOKENS = Usage(input=100, output=20)


def an_attempt(*, seq: int = 1, outcome: Outcome = Outcome.OK, usage: Usage = SOME_TOKENS) -> Attempt:
    return Attempt(
        seq=seq,
        provider="claude",
        kind="claude",
        model="claude-sonnet-5-5",
        outcome=outcome,
        started_at=NOON,
        duration_s=0.5,
        usage=usage,
    )


def a_record(
    *,
    call: CallInfo | None = None,
    status: CallStatus = CallStatus.OK,
    attempts: tuple[Attempt, ...] | None = None,
    skips: tuple[Skip, ...] = (),
    provider: str = "claude",
    model: str = "claude-sonnet-5-5",
    prompt: str = "",
    answer: str = "",
) -> CallRecord:
    return CallRecord(
        call=call or a_call(),
        status=status,
        trail=Trail(attempts=(an_attempt(),) if attempts is None else attempts, skips=skips),
        provider=provider,
        model=model,
        elapsed_s=0.6,
        prompt=prompt,
        answer=answer,
    )


text = st.text(max_size=40)
seconds = st.floats(min_value=0, max_value=1e6)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
) | st.just(NOON + timedelta(microseconds=1))
counts = st.integers(min_value=0, max_value=10**12)
failures = st.builds(
    Failure,
    error_class=st.sampled_from(ErrorClass),
    message=text,
    http_status=st.none() | st.integers(100, 599),
    vendor_code=st.none() | text,
    vendor_request_id=st.none() | text,
    retry_after_s=st.none() | seconds,
    until=st.none() | moments,
    parameter=st.none() | text,
)
usages = st.builds(
    Usage,
    input=counts,
    output=counts,
    cached=counts,
    cache_written=counts,
    cache_written_1h=counts,
    reasoning=counts,
    input_audio=counts,
    output_image=counts,
    units=st.dictionaries(text, counts, max_size=3).map(lambda units: tuple(units.items())),
    tier=text,
    region=text,
    reported=st.sampled_from(["", '{"input_tokens":3}']),
)
dollars = st.decimals(min_value=0, max_value=1_000_000, places=9)
costs = st.builds(
    Cost,
    usd=st.none() | dollars,
    parts=st.lists(st.tuples(text, dollars), max_size=3).map(tuple),
    price_version=text,
    unpriced=st.booleans(),
    estimated=st.booleans(),
)
attempts = st.builds(
    Attempt,
    seq=st.integers(1, 20),
    provider=text,
    kind=text,
    model=text,
    outcome=st.sampled_from(Outcome),
    started_at=moments,
    duration_s=seconds,
    first_token_s=st.none() | seconds,
    failure=st.none() | failures,
    usage=usages,
    vendor_request_id=st.none() | text,
    why=text,
    answered_model=text,
    cost=st.none() | costs,
)
calls = st.builds(
    CallInfo,
    id=st.uuids().map(str),
    request_id=text,
    route=text,
    caller=st.builds(
        Caller,
        user_id=st.none() | st.integers(0, 2**40),
        key_id=st.none() | text,
        consumer=text,
        origin=text,
        request_id=text,
    ),
    stream=st.booleans(),
    started_at=moments,
)
reasons = st.sampled_from([*SkipReason, *ErrorClass])
skips = st.builds(Skip, provider=text, reason=reasons, detail=text, until=st.none() | moments)
records = st.builds(
    CallRecord,
    call=calls,
    status=st.sampled_from(CallStatus),
    trail=st.builds(
        Trail,
        attempts=st.lists(attempts, max_size=3).map(tuple),
        skips=st.lists(skips, max_size=3).map(tuple),
    ),
    provider=text,
    model=text,
    failure=st.none() | failures,
    elapsed_s=seconds,
    first_token_s=st.none() | seconds,
    prompt=text,
    answer=text,
)
