"""What vendors have refused: kept for an hour and an account, and found in the requests that hold it again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.refused import (
    ANY,
    INPUT_TOKENS,
    LEARNED_S,
    MOST,
    OPTIONS,
    PARTS,
    SIZE,
    Mend,
    Refused,
    digest,
    holds,
    learned,
    output_digest,
    still_refused,
)
from llm.core.chat.request import (
    ChatRequest,
    Image,
    Message,
    Output,
    OutputFormat,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    message,
)

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=LEARNED_S)
HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
TOOLS = (Tool(name="find"), Tool(name="price"))
LINK = Image(url="https://img.example.com/a.jpg")
SENT = Image(media_type="image/png", data="aaaa")
SCHEMA = Output(format=OutputFormat.JSON_SCHEMA, schema='{"type": "object"}')


def looking_at(*images: Image) -> ChatRequest:
    return ChatRequest(messages=(Message(role=Role.USER, parts=(Text(text="Look"), *images)),))


def keep(known: tuple[Refused, ...], *new: Refused, account: str = "a", at: datetime = NOW) -> tuple[Refused, ...]:
    return learned(known, new, account=account, now=at, until=at + timedelta(seconds=LEARNED_S))


@pytest.mark.parametrize(
    ("refused", "request_", "held"),
    [
        (Refused(part="tools"), replace(HELLO, tools=TOOLS), True),
        (Refused(part="tools"), HELLO, False),
        (Refused(part="tools", value=digest(TOOLS)), replace(HELLO, tools=TOOLS), True),
        (Refused(part="tools", value=digest(TOOLS)), replace(HELLO, tools=TOOLS[:1]), False),
        (
            Refused(part="tool_choice", value=digest((ToolMode.REQUIRED, None))),
            replace(HELLO, tools=TOOLS, tool_choice=ToolChoice(mode=ToolMode.REQUIRED)),
            True,
        ),
        (Refused(part="tool_choice", value=digest((ToolMode.REQUIRED, None))), replace(HELLO, tools=TOOLS), False),
        (Refused(part="images"), looking_at(SENT), True),
        (Refused(part="images"), HELLO, False),
        (Refused(part="images", value=digest((SENT,))), looking_at(SENT), True),
        (Refused(part="images", value=digest((SENT,))), looking_at(LINK), False),
        (Refused(part="links", value="https"), looking_at(SENT, LINK), True),
        (Refused(part="links", value="http"), looking_at(SENT, LINK), False),
        (Refused(part="links", value=digest(LINK.url)), looking_at(LINK), True),
        (Refused(part="output", value="json_schema"), replace(HELLO, output=SCHEMA), True),
        (Refused(part="output", value=output_digest(SCHEMA)), replace(HELLO, output=SCHEMA), True),
        (
            Refused(part="output", value=output_digest(SCHEMA)),
            replace(HELLO, output=replace(SCHEMA, schema="{}")),
            False,
        ),
        (Refused(part="output"), HELLO, False),
        (Refused(part="seed", value=digest(7)), replace(HELLO, seed=7), True),
        (Refused(part="seed", value=digest(7)), replace(HELLO, seed=8), False),
        (Refused(part=SIZE, least=7), HELLO, True),
        (Refused(part=SIZE, least=8), HELLO, False),
        (Refused(part=INPUT_TOKENS, least=100), HELLO, True),
        (Refused(part=INPUT_TOKENS, least=101), HELLO, False),
        (Refused(part="a part of a newer release"), HELLO, False),
    ],
)
def test_a_request_holds_what_was_refused(refused: Refused, request_: ChatRequest, held: bool) -> None:
    assert holds(request_, refused, input_tokens=100) is held


def test_a_refusal_counts_for_its_account_and_for_an_hour() -> None:
    (kept,) = known = keep((), Refused(part="tools"))
    assert (kept.account, kept.until) == ("a", UNTIL)
    assert still_refused(known, "a", UNTIL - timedelta(seconds=1)) == known
    assert still_refused(known, "a", UNTIL) == ()
    assert still_refused(known, "another key", NOW) == ()


def test_the_same_refusal_again_counts_from_anew() -> None:
    later = NOW + timedelta(minutes=30)
    known = keep(keep((), Refused(part="tools", words="first")), Refused(part="tools", words="second"), at=later)
    assert [(one.words, one.until) for one in known] == [("second", later + timedelta(seconds=LEARNED_S))]


def test_a_lower_ceiling_replaces_the_higher_one() -> None:
    known = keep(
        keep((), Refused(part="max_tokens", mend=Mend.CAP, to=64)), Refused(part="max_tokens", mend=Mend.CAP, to=32)
    )
    assert [one.to for one in known] == [32]


@given(st.lists(st.tuples(st.sampled_from(["tools", "images"]), st.integers(0, 60), st.integers(0, 7_200))))
def test_what_is_remembered_stays_bounded_and_fresh(events: list[tuple[str, int, int]]) -> None:
    known: tuple[Refused, ...] = ()
    at = NOW
    for part, value, passed_s in events:
        at += timedelta(seconds=passed_s)
        known = keep(known, Refused(part=part, value=str(value)), at=at)
        assert len(known) <= MOST
        assert (known[-1].part, known[-1].value) == (part, str(value))
        assert len({one.identity for one in known}) == len(known)
        assert all(one.until is not None and one.until > at for one in known)


def test_every_optional_field_of_a_request_is_a_part() -> None:
    assert set(OPTIONS) <= set(PARTS)
    for name in OPTIONS:
        assert hasattr(HELLO, name)
        assert PARTS[name](HELLO) == frozenset()
        assert ANY in PARTS[name](replace(HELLO, **{name: ("x",) if name == "stop" else 1}))
