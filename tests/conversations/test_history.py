import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.history import BUDGET_TOKENS, HistoryTurn, estimate, window
from llm.core.chat.request import Message, Role, message

USER, ASSISTANT = Role.USER, Role.ASSISTANT
PLENTY = 10_000
LONG = "x" * 350
"""About 104 tokens."""


def said(role: Role, text: str) -> HistoryTurn:
    return HistoryTurn(role=role, text=text)


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [each.text for each in messages]


def test_a_first_message_goes_alone() -> None:
    assert window([], "Bonjour") == (message(USER, "Bonjour"),)


def test_what_fits_goes_along_in_order() -> None:
    earlier = [said(USER, "Fuite"), said(ASSISTANT, "Où ?"), said(USER, "Akwa"), said(ASSISTANT, "Quand ?")]
    assert texts(window(earlier, "Demain")) == ["Fuite", "Où ?", "Akwa", "Quand ?", "Demain"]


def test_the_first_message_outlives_the_middle_of_the_conversation() -> None:
    earlier = [said(USER, "Fuite"), said(ASSISTANT, LONG), said(USER, LONG), said(ASSISTANT, "Quand ?")]
    budget = sum(map(estimate, ("Fuite", LONG, "Quand ?", "Demain")))
    assert texts(window(earlier, "Demain", budget=budget)) == ["Fuite", LONG, "Quand ?", "Demain"]


def test_a_huge_first_message_does_not_push_out_the_newest_turns() -> None:
    earlier = [said(USER, LONG), said(ASSISTANT, "Où ?"), said(USER, "Akwa"), said(ASSISTANT, "Quand ?")]
    budget = estimate(LONG) + estimate("Demain")
    assert texts(window(earlier, "Demain", budget=budget)) == ["Où ?", "Akwa", "Quand ?", "Demain"][1:]


@pytest.mark.parametrize(
    "earlier",
    [
        [said(ASSISTANT, "Bonjour, que puis-je ?")],
        [said(USER, LONG * 30), said(ASSISTANT, "Réponse sans sa question")],
        [said(ASSISTANT, "a"), said(ASSISTANT, "b")],
    ],
)
def test_an_answer_never_comes_first(earlier: list[HistoryTurn]) -> None:
    assert texts(window(earlier, "Suite", budget=500)) == ["Suite"]


def test_the_new_message_goes_even_when_it_alone_passes_the_budget() -> None:
    assert texts(window([said(USER, "Fuite")], LONG, budget=10)) == [LONG]


def test_a_message_of_the_greatest_length_leaves_room_for_what_came_before() -> None:
    earlier = [said(USER, "Fuite"), said(ASSISTANT, "Où ?")]
    assert estimate("x" * 16_000) < BUDGET_TOKENS
    assert len(window(earlier, "x" * 16_000)) == 3


turns = st.lists(
    st.builds(HistoryTurn, role=st.sampled_from([USER, ASSISTANT]), text=st.text(max_size=400)), max_size=30
)


@given(turns, st.text(min_size=1, max_size=400), st.integers(0, 1_000))
def test_every_window_keeps_the_rules(earlier: list[HistoryTurn], text: str, budget: int) -> None:
    chosen = window(earlier, text, budget=budget)
    assert chosen[-1] == message(USER, text)
    assert chosen[0].role is USER
    assert len(chosen) == 1 or sum(estimate(each.text) for each in chosen) <= budget
    rest = iter([message(each.role, each.text) for each in earlier])
    assert all(each in rest for each in chosen[:-1]), "the order is the conversation's"


@given(turns, st.text(min_size=1, max_size=400))
def test_with_budget_enough_every_question_goes_along(earlier: list[HistoryTurn], text: str) -> None:
    chosen = window(earlier, text, budget=PLENTY)
    questions = [each for each in earlier if each.role is USER]
    assert sum(each.role is USER for each in chosen) == len(questions) + 1
