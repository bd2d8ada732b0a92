"""Words by which the language of Douala's customers is detected: trades, households, Cameroonian Pidgin."""

from llm.core.chat.language import Hints, weighted_words

_FRENCH = weighted_words(
    {
        2: """livrer l'eau l'electricite""",
        3: """appart appartement boutique climatisation coiffeuse courant couturiere cuisiniere depanneur devis
        domicile eau electricien electricite facture fuite livraison maison mecanicien menage menagere panne
        peintre plombier quartier reparation reparer reparateur robinet serrurier urgence tarif tarifs""",
    }
)
_ENGLISH = weighted_words(
    {
        3: """abeg babysitter chop car carpenter cleaner cleaning cook dat de-dey dem dey dis do-am don electrician fix
        fridge hairdresser house-help leak leaking light mechanic na oga painter pikin pipe pipes plumber repair
        repairman sabi sah sef tailor tap una vex wan wahala wetin weda wey wuna""",
    }
)
HINTS = Hints(french=_FRENCH, english=_ENGLISH)
"""Pidgin counts as English."""
