"""The join of a cut answer and what another model goes on with, as tables and for every cut of real prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.request import ChatRequest, Output, OutputFormat, Role, message
from llm.core.routing.continuation import Join, Unjoinable, anchor, continuation

FRENCH = (
    "Bonjour ! Pour un robinet qui fuit, fermez d'abord la vanne d'arrêt sous l'évier, puis ouvrez le robinet pour "
    "vider le tuyau. Dévissez ensuite la tête avec une clé à molette et regardez le joint : s'il est fendu ou durci, "
    "changez-le.\n\n1. Coupez l'eau.\n2. Démontez la tête.\n3. Remplacez le joint.\n\nUn plombier de Djobea peut "
    "passer cet après-midi à Akwa ou à Bonapriso ; comptez entre 5 000 et 10 000 FCFA. Souhaitez-vous un rendez-vous ?"
)
ENGLISH = (
    "Hello! A tap that drips usually has a worn washer. Turn off the water at the stop valve under the sink, open the "
    "tap to drain the pipe, and unscrew the headgear with an adjustable spanner. If the washer is split or hard, put "
    "in a new one of the same size. Would you like a plumber to come by this afternoon? The visit costs about 5,000 "
    "FCFA in Douala, and the part is extra."
)
TEXTS = (FRENCH, ENGLISH)


def joined(said: str, more: str, size: int = 7, *, anew: bool = False) -> str:
    join = Join(said, anew=anew)
    pieces = [more[at : at + size] for at in range(0, len(more), size)]
    return said + "".join(join.feed(piece) for piece in pieces) + join.end()


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_wherever_an_answer_is_cut_an_exact_continuation_restores_it(text: str, size: int) -> None:
    for cut in range(1, len(text)):
        assert joined(text[:cut], text[cut:], size) == text


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_wherever_an_answer_is_cut_one_told_from_its_start_restores_it(text: str, size: int) -> None:
    for cut in range(1, len(text) + 1):
        assert joined(text[:cut], text, size) == text


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_wherever_an_answer_is_cut_a_repetition_of_its_last_words_is_cut_away(text: str, size: int) -> None:
    for cut in range(20, len(text) + 1):
        said = text[:cut]
        assert joined(said, text[said.rindex(anchor(said)) :], size) == text


@pytest.mark.parametrize("text", TEXTS)
def test_an_introduction_before_the_last_words_is_cut_away(text: str) -> None:
    for cut in range(80, len(text), 3):
        said = text[:cut]
        more = "Of course, here is the rest of it: " + text[said.rindex(anchor(said)) :]
        assert joined(said, more) == text


@given(text=st.text(min_size=1, max_size=200), data=st.data())
def test_any_answer_told_again_from_its_start_is_restored(text: str, data: st.DataObject) -> None:
    text = "¶" + text
    cut = data.draw(st.integers(1, len(text)))
    size = data.draw(st.integers(1, 50))
    assert joined(text[:cut], text, size) == text


@given(said=st.text(min_size=1, max_size=80), more=st.text(max_size=300), size=st.integers(1, 40))
def test_whatever_comes_the_end_of_it_is_never_lost(said: str, more: str, size: int) -> None:
    try:
        whole = joined(said, more, size)
    except Unjoinable:
        return
    assert whole.startswith(said)
    assert more.endswith(whole[len(said) :])


@given(said=st.text(min_size=1, max_size=80), more=st.text(max_size=200), sizes=st.tuples(*[st.integers(1, 30)] * 2))
def test_the_join_does_not_depend_on_how_the_text_is_cut_into_pieces(
    said: str, more: str, sizes: tuple[int, int]
) -> None:
    def outcome(size: int) -> str | None:
        try:
            return joined(said, more, size)
        except Unjoinable:
            return None

    assert outcome(sizes[0]) == outcome(sizes[1])


@pytest.mark.parametrize(
    ("said", "more", "whole"),
    [
        pytest.param("Fermez la vanne", " d'arrêt.", "Fermez la vanne d'arrêt.", id="goes straight on"),
        pytest.param("Fermez la van", "ne.", "Fermez la vanne.", id="in mid-word"),
        pytest.param("Fermez la vanne", "la vanne d'arrêt.", "Fermez la vanne d'arrêt.", id="two words again"),
        pytest.param("Fermez la vanne", "\nla vanne d'arrêt.", "Fermez la vanne d'arrêt.", id="after a line break"),
        pytest.param("C'est très", " très bon.", "C'est très très bon.", id="one word again may be meant"),
        pytest.param("ha", "haha", "haha", id="all that was said, again"),
        pytest.param("Fermez la vanne.", "", "Fermez la vanne.", id="nothing more to say"),
        pytest.param("Oui, bien sûr", "Oui", "Oui, bien sûrOui", id="a short word that the answer began with"),
    ],
)
def test_a_join(said: str, more: str, whole: str) -> None:
    assert joined(said, more, 3) == whole


@pytest.mark.parametrize(
    ("said", "more", "anew"),
    [
        pytest.param(FRENCH[:90], FRENCH[:40] + " appelez d'abord un plombier.", False, id="anew in other words"),
        pytest.param(FRENCH[:90], FRENCH[:40], False, id="anew, and it stops short"),
        pytest.param('{"a": 1, "b"', ": 2}", True, id="the rest alone of what had to be told anew"),
        pytest.param('{"a": 1, "b"', '{"a": 2}', True, id="another object"),
        pytest.param('{"a": 1, "b"', "", True, id="no object at all"),
    ],
)
def test_what_cannot_be_joined_is_refused(said: str, more: str, anew: bool) -> None:
    with pytest.raises(Unjoinable):
        joined(said, more, 3, anew=anew)


def test_the_next_model_gets_the_dialogue_the_partial_answer_and_the_order_to_go_on() -> None:
    asked = ChatRequest(messages=(message(Role.USER, "Mon robinet fuit"),), language="fr")

    request = continuation(asked, FRENCH[:100])

    assert [m.role for m in request.messages] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert request.messages[1].text == FRENCH[:100]
    assert anchor(FRENCH[:100]) in request.messages[2].text
    assert "coupée" in request.messages[2].text
    assert "cut off" in continuation(ChatRequest(messages=asked.messages, language="en"), "Well").messages[2].text


def test_json_is_asked_for_anew() -> None:
    asked = ChatRequest(messages=(message(Role.USER, "x"),), output=Output(format=OutputFormat.JSON))
    assert continuation(asked, '{"a"') is asked


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("Oui", "Oui"),
        ("Fermez la vanne ", "Fermez la vanne"),
        ("x" * 100, "x" * 60),
        (
            "Une phrase assez longue pour que son début manque, le voilà donc.",
            "assez longue pour que son début manque, le voilà donc.",
        ),
    ],
)
def test_the_anchor_is_made_of_whole_words(said: str, last: str) -> None:
    assert anchor(said) == last
