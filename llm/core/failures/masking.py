"""Masks keys and tokens in text before it is logged, stored or shown."""

import re

MASK = "***"

_SECRETS = re.compile(
    r"(?:"
    r"\b(?:sk|pk|rk|ak|gsk|xai|hf|pplx|r8|csk|fw|nvapi|tgp|dsk)[-_][\w*.-]{6,}"
    r"|\bAIza[\w*-]{10,}"
    r"|\bya29\.[\w.-]+"
    r"|\b(?:AKIA|ASIA|ABSK)[A-Za-z0-9+/=]{12,}"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"
    r")"
)
_LABELLED = re.compile(
    r"(?P<label>\b(?:bearer|basic)\s+|\b(?:api[-_ ]?key|x-api-key|key|token|secret|password)"
    r"(?:[\"']?\s*[=:]\s*[\"']?|:(?=\S)))(?P<value>[\w*./+=~-]{8,})",
    re.IGNORECASE,
)


def mask_secrets(text: str) -> str:
    """Replaces everything in `text` that looks like a credential by three stars.

    Matches the vendors' prefixes (sk-, AIza, gsk_, xai-, hf_, AKIA, JWT) and words after `Bearer`. Also
    matches values after `api_key=` and similar names. Masks harmless text rather than miss a key.
    """
    return _LABELLED.sub(rf"\g<label>{MASK}", _SECRETS.sub(MASK, text))
