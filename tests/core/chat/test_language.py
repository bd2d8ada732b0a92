"""Short messages, and the language that they are in."""

import pytest

from llm.core.chat.language import Hints, detect

FRENCH = (
    "Combien coûte le billet ?",
    "Slt, vous etes dispo demain matin ?",
    "C\u2019est combien pour deux personnes",
    "J'habite au centre, vous pouvez venir quand ?",
    "Merci beaucoup !",
    "ok merci",
    "oui",
    "Non, pas aujourd'hui",
    "stp envoie moi le numero",
    "Quel est le prix ?",
    "trop cher",
    "",
    "12345",
    "👍",
)

ENGLISH = (
    "how much for two tickets",
    "hi, are you available tomorrow morning?",
    "Good evening, please what is the price?",
    "thanks",
    "ok thank you very much",
    "Can you send someone today?",
    "I don't have the number at home",
    "Is it urgent? Yes",
)


@pytest.mark.parametrize("text", FRENCH)
def test_french_and_what_tells_nothing_is_french(text: str) -> None:
    assert detect(text) == "fr"


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert detect(text) == "en"


def test_an_apps_words_count_as_well() -> None:
    hints = Hints(french={"velo": 3}, english={"bike": 3})
    assert detect("bike") == "fr"
    assert detect("bike", [hints]) == "en"
    assert detect("bike velo", [hints]) == "fr"
