"""Takes keys and tokens out of text that will be logged, stored or shown. Not an access control."""

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
    """`text` with everything that looks like a credential replaced by three stars.

    Known are the vendors' prefixes (sk-, AIza, gsk_, xai-, hf_, AKIA, JWT), words after `Bearer`
    and values after `api_key=` and the like. It rather masks too much than too little.
    """
    return _LABELLED.sub(rf"\g<label>{MASK}", _SECRETS.sub(MASK, text))
