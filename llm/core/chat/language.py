"""Guesses whether a short chat message is French or English. For Douala's users; no general detector."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

Language = Literal["fr", "en"]

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def _weights(groups: Mapping[int, str]) -> dict[str, int]:
    return {word: weight for weight, words in groups.items() for word in words.split()}


_FRENCH = _weights(
    {
        1: """a ai as au aux ce ces de des du elle en est et eu ici il je la le les leur lui ma me mes moi ne nos
        nous on ou par pas plus pour qu que qui sa se ses si son sur ta te tes toi ton tu un une va vos vous y""",
        2: """alors apres assez aujourd'hui aussi avant avec avez avoir beaucoup bien bon bonne c'est ca car cette
        chez combien comme comment dans demain depuis dois donc dont encore etait ete etre faire fait faut fois
        gens hier ici jamais jour jours juste la-bas livrer maintenant mais meme merci moins mon n'est notre
        parce parle peu peut peux pouvez pouvons pourquoi pres prix quand quel quelle quelles quels quelqu'un
        quelque quoi rien sans semaine sera seulement ses sommes sont souvent suis tout toute tous toujours
        tres trop trouve trouver veut veux veuillez vers viens voici voila votre voudrais vraiment
        j'ai j'aimerais j'habite d'un d'une l'eau l'electricite qu'il s'il n'ai""",
        3: """allo appart appartement argent bjr boutique bonjour bonsoir bsr cherche chercher climatisation coiffeuse
        courant couturiere cuisiniere depanneur devis domicile eau electricien electricite facture fuite
        frere grossesse j'arrive livraison maison mariage mecanicien menage menagere moto neveu panne peintre plombier
        propose quartier rdv rendez reparation reparer reparateur robinet salut serrurier soeur souhaite svp
        stp urgence voiture slt tt mtn pr cb dispo tarif tarifs mdr oui non ouais""",
    }
)
_ENGLISH = _weights(
    {
        1: "am an and are at be but by can do go has he i if in is it me my no of so the to up us was we yes you",
        2: """about after again all also any because been before can't come could day days did didn't does doesn't
        don't find for from get give good got had have her here him his house how i'd i'll i'm i've it's just
        know let like make many money more much need never new not now one our out please price really see
        send she should some someone sure tell than thank that that's the their them then there they this
        time today tomorrow too very want was week were what when where which who why will with work would
        yesterday your""",
        3: """abeg afternoon appointment available babysitter chop car carpenter cheap cleaner cleaning cook cost
        dat de-dey dem dey dis do-am don driver dunno electrician evening fix fit fridge hairdresser hello hey
        hi hire how's how-far house-help leak leaking light looking mechanic morning na nearby nanny oga okay
        painter pikin pipe pipes plumber quick repair repairman sabi sah sef sister-in-law tailor tap thanks
        una vex wan wahala wetin weda wey wuna""",
    }
)
_FRENCH_ACCENTS = re.compile(r"[àâæçéèêëîïôœùûÿ«»]")
_ELISION = re.compile(r"\b(?:[jldmntsc]|qu)'(?=[aeiouyh])")


def detect(text: str) -> Language:
    """ "fr" or "en", by the small words that each language cannot do without.

    Accents may be missing; Cameroonian Pidgin counts as English. "fr" when nothing tells, and when
    both weigh the same: it is what most of Douala writes.
    """
    lowered = text.lower().replace("\u2019", "'")
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    words = _WORD.findall(plain)
    french = sum(_FRENCH.get(word, 0) for word in words) + 2 * len(_ELISION.findall(plain))
    french += 2 * len(_FRENCH_ACCENTS.findall(lowered))
    english = sum(_ENGLISH.get(word, 0) for word in words)
    return "en" if english > french else "fr"
