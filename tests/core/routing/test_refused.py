"""A provider that refused a part of an earlier request is passed over while others can answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from llm.core.chat.refused import LEARNED_S, Mend, Refused, digest
from llm.core.chat.request import ChatRequest, Role, Tool, message
from llm.core.circuit.state import Circuit
from llm.core.routing.needs import needs_of
from tests.core.routing.test_plan import NOW, candidate, names, open_until, plan, reasons

TOOLS = (Tool(name="find"),)
HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
WITH_TOOLS = replace(HELLO, tools=TOOLS)
LATER = NOW + timedelta(seconds=LEARNED_S)


def knowing(*refused: Refused, account: str = "") -> Circuit:
    return Circuit(refused=tuple(replace(one, account=account, until=LATER) for one in refused))


NO_TOOLS = Refused(part="tools", value=digest(TOOLS), words="array too long")


def test_it_is_passed_over_for_what_it_refused_and_the_trail_says_so() -> None:
    made = plan(circuit={"claude": knowing(NO_TOOLS)}, needs=needs_of(WITH_TOOLS, stream=False))
    assert names(made) == ["gemini", "openai"]
    assert reasons(made) == {"claude": "refused"}
    assert made.skips[0].detail == "refused the same tools within the last hour: array too long"
    assert made.first == "claude"
    assert made.retry_at is None


@pytest.mark.parametrize(
    ("request_", "circuit"),
    [
        (HELLO, knowing(NO_TOOLS)),
        (replace(HELLO, tools=(Tool(name="other"),)), knowing(NO_TOOLS)),
        (WITH_TOOLS, knowing(NO_TOOLS, account="another key")),
        (WITH_TOOLS, Circuit(refused=(replace(NO_TOOLS, until=NOW),))),
        (WITH_TOOLS, knowing(replace(NO_TOOLS, mend=Mend.DROP))),
    ],
)
def test_another_request_another_account_and_another_hour_are_free(request_: ChatRequest, circuit: Circuit) -> None:
    made = plan(circuit={"claude": circuit}, needs=needs_of(request_, stream=False))
    assert names(made) == ["claude", "gemini", "openai"]


def test_it_is_asked_all_the_same_when_nobody_else_can() -> None:
    out = {"gemini": open_until(60), "openai": open_until(60)}
    made = plan(circuit={"claude": knowing(NO_TOOLS), **out}, needs=needs_of(WITH_TOOLS, stream=False))
    assert names(made) == ["claude"]
    assert "claude" not in reasons(made)


def test_all_are_asked_when_all_have_refused_it() -> None:
    made = plan(
        circuit={n: knowing(NO_TOOLS) for n in ("claude", "gemini", "openai")}, needs=needs_of(WITH_TOOLS, stream=False)
    )
    assert names(made) == ["claude", "gemini", "openai"]


def test_a_learned_size_bounds_a_provider_whose_window_nobody_stated() -> None:
    long = ChatRequest(messages=(message(Role.USER, "mot " * 5_000),))
    tokens = needs_of(long, stream=False).input_tokens
    unknown = candidate("claude", context_window=None)
    circuit = {"claude": knowing(Refused(part="input_tokens", least=tokens))}
    others = [unknown, candidate("gemini")]
    assert names(plan(others, circuit, needs_of(long, stream=False))) == ["gemini"]
    assert names(plan(others, circuit, needs_of(HELLO, stream=False))) == ["claude", "gemini"]


def test_what_can_be_mended_goes_to_the_adapter_with_the_stop() -> None:
    mend = Refused(part="temperature", mend=Mend.DROP)
    made = plan(circuit={"claude": knowing(mend, NO_TOOLS)}, needs=needs_of(HELLO, stream=False))
    assert [one.part for one in made.stops[0].refused] == ["temperature"]
    assert made.stops[1].refused == ()
