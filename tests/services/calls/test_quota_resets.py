"""A vendor that answers and says that nothing is left is not asked before its time; and what callers are told then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.calls import Answer, CallOptions, Completed
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.exceptions import NoAnswer
from llm.core.failures.policy import ErrorClass
from llm.models import CircuitEvent
from llm.services.calls.run import complete_sync, stream_sync
from llm.services.status import current_status_sync
from llm.simulator import Simulator
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.store import circuit_store
from web.errors import retry_after

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en")


def ask(**options: object) -> Answer:
    return complete_sync(REQUEST, options=CallOptions(**options))  # type: ignore[arg-type]


def listen(**options: object) -> Answer:
    *_, last = stream_sync(REQUEST, options=CallOptions(**options))  # type: ignore[arg-type]
    assert isinstance(last, Completed)
    return last.answer


def spent(name: str, seconds: float) -> dict[str, str]:
    """What the vendor's headers say when a quota is empty for so long."""
    if name == "claude":
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        until = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": until}
    return {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{seconds}s"}


def let_pass(name: str) -> None:
    """Moves the end of the rest into the past, as time would."""

    def over(circuit: Circuit) -> Circuit:
        return Circuit(throttled_until=datetime.now(UTC) - timedelta(seconds=1), window=circuit.window)

    circuits.change(name, over, now=datetime.now(UTC), by="test")
    circuit_store.refresh()


@pytest.mark.parametrize("way", [ask, listen], ids=["plain", "streamed"])
@pytest.mark.parametrize(("first", "second"), [("claude", "gemini"), ("openai", "claude")])
def test_after_its_last_answer_it_rests_until_the_time_that_it_named(
    sim: Simulator, providers: list[str], first: str, second: str, way: Callable[..., Answer]
) -> None:
    sim.reply(first, headers=spent(first, 40))
    assert way(primary=first).provider == first
    started = datetime.now(UTC)
    answer = way(primary=first)
    assert answer.provider == second
    (skip,) = answer.trail.skips
    assert (skip.provider, skip.reason) == (first, "rate_limited")
    assert skip.until is not None
    assert 30 < (skip.until - started).total_seconds() < 41
    assert sim.calls(first) == 1
    let_pass(first)
    sim.reply(first)
    assert way(primary=first).provider == first


def test_the_rest_is_no_failure_and_its_event_says_what_it_is(sim: Simulator, providers: list[str]) -> None:
    sim.reply("claude", headers=spent("claude", 40))
    assert ask().provider == "claude"
    claude = next(p for p in current_status_sync().providers if p.name == "claude")
    assert (claude.state, claude.consecutive_failures, claude.last_error) == ("closed", 0, None)
    event = CircuitEvent.objects.get()
    assert (event.reason, event.before, event.after) == ("rate_limited", "closed", "closed")
    assert event.detail == "rate limit exhausted, reported with a successful answer"


def test_the_simulator_s_ordinary_headers_make_nobody_rest(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        ask(primary=name)
        assert ask(primary=name).provider == name


def test_a_caller_without_an_answer_is_told_when_the_first_of_all_is_back(sim: Simulator, providers: list[str]) -> None:
    """Claude states 50 s, Gemini rests for 40 s since its last answer, OpenAI's circuit opens in this very call."""
    sim.fault("claude", "rate_limited", retry_after=50)
    sim.reply("gemini", headers=spent("openai", 40))
    assert ask().provider == "gemini"
    sim.fault("openai", "server_error")
    nearly_open("openai")
    with pytest.raises(NoAnswer) as told:
        ask(static=False)
    opened = circuit_store.peek()["openai"]
    assert (opened.state, opened.reason) == (CircuitState.OPEN, ErrorClass.SERVER_ERROR)
    assert opened.until is not None
    left = (opened.until - datetime.now(UTC)).total_seconds()
    assert told.value.retry_after_s == pytest.approx(left, abs=2)
    assert told.value.retry_after_s < 20


def nearly_open(name: str) -> None:
    circuits.change(name, lambda _: Circuit(faults=4), now=datetime.now(UTC), by="test")
    circuit_store.refresh()


def test_the_api_says_it_in_whole_seconds_rounded_up() -> None:
    assert retry_after(12.01) == {"Retry-After": "13"}
    assert retry_after(0.2) == {"Retry-After": "1"}
