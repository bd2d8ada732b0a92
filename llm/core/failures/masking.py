"""Masks keys and tokens in text before it is logged, stored or shown, and addresses before callers see it."""

import re

from llm.core.addresses.host import LOCAL_NAMES
from llm.core.addresses.judge import host_of, is_public_host

MASK = "***"

_SECRETS = re.compile(
    r"(?:"
    r"\b(?:djb|sk|pk|rk|ak|gsk|xai|hf|pplx|r8|csk|fw|nvapi|tgp|dsk)[-_][\w*.-]{6,}"
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

    Matches our prefix (djb_), the vendors' (sk-, AIza, gsk_, xai-, hf_, AKIA, JWT) and words after `Bearer`. Also
    matches values after `api_key=` and similar names. Masks harmless text rather than miss a key.
    """
    return _LABELLED.sub(rf"\g<label>{MASK}", _SECRETS.sub(MASK, text))


WORDS = frozenset({"local", "internal", "intranet", "private", "corp", "home", "lan"})
"""Labels that are words too: by themselves they name no host."""

_PORT = r"(?::\d{1,5})?"
_LOCAL = "|".join(re.escape(name) for name in LOCAL_NAMES)
_ADDRESSES = re.compile(
    r"(?P<url>\bhttps?://(?:\[[0-9a-f:.]*\])?[^\s\"'`<>(){}\[\],;]*)"
    rf"|(?<![\w.:])(?P<ipv4>\d{{1,3}}(?:\.\d{{1,3}}){{3}}){_PORT}(?![\w.]*\w)"
    rf"|\[(?P<bracketed>[0-9a-f:.]*:[0-9a-f:.]*)\]{_PORT}"
    r"|(?<![\w:.])(?P<ipv6>[0-9a-f]{0,4}:[0-9a-f:.]*[0-9a-f:])(?![\w:])"
    rf"|(?<![\w.-])(?:[a-z0-9-]{{1,63}}\.){{0,8}}(?P<name>{_LOCAL}){_PORT}(?![\w.-]*\w)",
    re.IGNORECASE,
)


def mask_addresses(text: str) -> str:
    """Replaces addresses that are not public by three stars: URLs, IP addresses, and names of private networks."""
    return _ADDRESSES.sub(lambda found: found[0] if _is_shown(found) else MASK, text)


def _is_shown(found: re.Match[str]) -> bool:
    """Whether callers may see what was found: a public address, or what only looks like one."""
    if found["url"]:
        host = host_of(found["url"].rstrip(".:!?"))
        return host is not None and is_public_host(host) is True
    if ip := found["ipv4"] or found["bracketed"] or found["ipv6"]:
        return is_public_host(ip.lower()) is not False
    return found["name"].lower() in WORDS and found["name"] == found[0]
