"""Validates a provider's address and key variable, for admin, API and code."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

validate_key_variable = RegexValidator(
    r"\A[A-Za-z_][A-Za-z0-9_]*API_KEY[A-Za-z0-9_]*\Z", "Must be the name of a variable that contains API_KEY."
)
"""The restriction prevents an editor of providers from sending other secrets of the server to an address."""


def validate_base_url(url: str) -> None:
    """Raises ValidationError for all but plain addresses. Allows single-word hosts such as http://vllm:8000."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError("Must begin with https:// or http:// and name a host.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValidationError("Must hold no credentials, query or fragment: every operator can read it.")
