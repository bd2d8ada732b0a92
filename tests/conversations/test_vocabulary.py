"""Short messages as people in Douala write them, and the language that they are in."""

import pytest

from llm.services.languages import detect_language

FRENCH = (
    "Bonjour, je cherche un plombier à Bonamoussadi",
    "bjr jai une fuite deau a la maison",
    "Combien coûte une réparation de climatiseur ?",
    "svp un electricien en urgence, plus de courant depuis hier",
    "Slt, vous etes dispo demain matin ?",
    "C’est combien pour peindre deux chambres",
    "J'habite à Makepe, vous pouvez venir quand ?",
    "mon frigo ne marche plus",
    "Merci beaucoup !",
    "ok merci",
    "oui",
    "Non, pas aujourd'hui",
    "besoin d'une menagere 3 jours par semaine",
    "le robinet de la cuisine coule",
    "Je veux un devis pour la construction",
    "stp envoie moi le numero du mecanicien",
    "La serrure est cassée",
    "on peut payer par MTN momo ?",
    "Quel est le prix ?",
    "il y a une panne de lumiere au quartier",
    "trop cher",
    "Douala, Akwa",
    "",
    "12345",
    "👍",
    "Bonsoir chef, la voiture de mon frere est en panne",
)

ENGLISH = (
    "Hello, I need a plumber in Bonamoussadi",
    "how much for fixing my fridge",
    "hi, are you available tomorrow morning?",
    "My kitchen tap is leaking",
    "I'm looking for an electrician near Akwa",
    "Good evening, please what is the price?",
    "thanks",
    "ok thank you very much",
    "Can you send someone today?",
    "The light is out since yesterday",
    "I don't have water at home",
    "Do you know a good mechanic?",
    "abeg I wan plumber for Deido",
    "wetin be the price for paint house",
    "my pipe don spoil, water dey waste",
    "how far, you fit come fix my generator?",
    "I dey find person weh sabi repair fridge",
    "Is it urgent? Yes",
    "need house cleaning twice a week",
)


@pytest.mark.parametrize("text", FRENCH)
def test_french_and_what_tells_nothing_is_french(text: str) -> None:
    assert detect_language(text) == "fr"


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_pidgin_are_english(text: str) -> None:
    assert detect_language(text) == "en"
