"""Guesses whether a short chat message is French or English."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Literal, NamedTuple

Language = Literal["fr", "en"]

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


class Hints(NamedTuple):
    """Word -> weight, for words that an app's customers use: 1 is weak evidence of the language, 3 is strong."""

    french: Mapping[str, int]
    english: Mapping[str, int]


def weighted_words(groups: Mapping[int, str]) -> dict[str, int]:
    """Word -> weight, from weight -> words separated by blanks. Words are lower case, without accents."""
    return {word: weight for weight, words in groups.items() for word in words.split()}


_FRENCH = weighted_words(
    {
        1: """a ai as au aux ce ces de des du elle en est et eu il je la le les leur lui ma me mes moi ne nos nous on
        ou par pas plus pour qu que qui sa se si son sur ta te tes toi ton tu un une va vos vous y""",
        2: """ici ses alors apres assez aujourd'hui aussi avant avec avez avoir beaucoup bien bon bonne c'est ca car
        cette chez combien comme comment dans demain depuis dois donc dont encore etait ete etre faire fait faut
        fois gens hier jamais jour jours juste la-bas maintenant mais meme merci moins mon n'est notre parce
        parle peu peut peux pouvez pouvons pourquoi pres prix quand quel quelle quelles quels quelqu'un quelque
        quoi rien sans semaine sera seulement sommes sont souvent suis tout toute tous toujours tres trop trouve
        trouver veut veux veuillez vers viens voici voila votre voudrais vraiment j'ai j'aimerais j'habite d'un
        d'une qu'il s'il n'ai""",
        3: """allo argent bjr bonjour bonsoir bsr cherche chercher frere grossesse j'arrive mariage moto neveu propose
        rdv rendez salut soeur souhaite svp stp voiture slt tt mtn pr cb dispo mdr oui non ouais""",
    }
)
_ENGLISH = weighted_words(
    {
        1: """am an and are at be but by can do go has he i if in is it me my no of so to up us we yes you""",
        2: """the was about after again all also any because been before can't come could day days did didn't does
        doesn't don't find for from get give good got had have her here him his house how i'd i'll i'm i've it's
        just know let like make many money more much need never new not now one our out please price really see
        send she should some someone sure tell than thank that that's their them then there they this time today
        tomorrow too very want week were what when where which who why will with work would yesterday your""",
        3: """afternoon appointment available cheap cost driver dunno evening fit hello hey hi hire how's how-far
        looking morning nearby nanny okay quick sister-in-law thanks""",
    }
)
_FRENCH_ACCENTS = re.compile(r"[àâæçéèêëîïôœùûÿ«»]")
_ELISION = re.compile(r"\b(?:[jldmntsc]|qu)'(?=[aeiouyh])")
_OF_ALL_TEXTS = Hints(_FRENCH, _ENGLISH)
_NO_WEIGHT = repeat(0)


def detect(text: str, hints: Iterable[Hints] = ()) -> Language:
    """Returns the language whose words weigh more in `text`; "fr" when both weigh the same.

    Accents may be missing. `hints` adds words to those that every text of the language uses.
    """
    lowered = text.lower().replace("\u2019", "'")
    plain = lowered if lowered.isascii() else _without_accents(lowered)
    words = _WORD.findall(plain)
    french = 2 * len(_ELISION.findall(plain)) + 2 * len(_FRENCH_ACCENTS.findall(lowered))
    english = 0
    for hint in (_OF_ALL_TEXTS, *hints):
        french += sum(map(hint.french.get, words, _NO_WEIGHT))
        english += sum(map(hint.english.get, words, _NO_WEIGHT))
    return "en" if english > french else "fr"


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
