"""Guesses whether a text is French, well enough for simulated answers. Not the product's language
detection."""

import re

_FRENCH = re.compile(
    r"\b(?:bonjour|bonsoir|salut|merci|je|tu|nous|vous|mon|ma|mes|le|la|les|des|une|est|suis|besoin|pour|avec|chez|dans"
    r"|sur|quel|quelle|combien|pourquoi|comment|où|fuite|robinet|plombier|maison|appartement|cuisine|demain|aujourd'hui"
    r"|svp|voudrais|cherche|réparer|panne|eau|courant|climatiseur|peintre|ménage|et|du|au|aux|ne|pas|[ldjnc]'\w+)\b"
)
_ENGLISH = re.compile(
    r"\b(?:hello|hi|thanks|please|i|you|we|my|the|a|an|is|am|are|need|for|with|in|which|how|why|where|leak|tap|plumber"
    r"|house|flat|kitchen|tomorrow|today|would|looking|fix|broken|water|power|painter|cleaning|and|of|to|not)\b"
)
_ACCENTS = re.compile("[àâçéèêëîïôùûœ]")
_ASKED_FRENCH = re.compile(r"\b(?:in french|en français|réponds? en fr|language: fr|langue ?: ?fr)", re.IGNORECASE)
_ASKED_ENGLISH = re.compile(r"\b(?:in english|en anglais|language: en|langue ?: ?en)", re.IGNORECASE)


def is_french(text: str, instructions: str = "") -> bool:
    """An explicit wish in the instructions or the text wins; then the words decide, and a tie goes to
    accents."""
    for source in (instructions, text):
        if _ASKED_FRENCH.search(source):
            return True
        if _ASKED_ENGLISH.search(source):
            return False
    plain = text.lower().replace("’", "'")
    french, english = len(_FRENCH.findall(plain)), len(_ENGLISH.findall(plain))
    return french > english or (french == english and bool(_ACCENTS.search(plain)))
