"""Validates a provider's address and key variable, for admin, API and code."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from llm.conf import reach_of
from llm.core.addresses.judge import AddressFault, address_fault

validate_key_variable = RegexValidator(
    r"\A[A-Za-z_][A-Za-z0-9_]*API_KEY[A-Za-z0-9_]*\Z", "Must be the name of a variable that contains API_KEY."
)
"""The restriction keeps other secrets of the server apart. Where a key may go: `llm.conf.key_belongs`."""

FAULTS = {
    AddressFault.CHARACTERS: _("Must hold no blanks, control characters or backslashes."),
    AddressFault.SCHEME: _("Must begin with https:// or http:// and name a host."),
    AddressFault.HOST: _("Must name a host, and a port from 1 to 65535 where it names one."),
    AddressFault.CREDENTIALS: _("Must hold no credentials, query or fragment: every operator can read it."),
    AddressFault.QUERY: _("Must hold no credentials, query or fragment: every operator can read it."),
    AddressFault.PRIVATE: _("Must be a public address, unless LLM_ALLOW_PRIVATE_HOSTS names its host or network."),
}


def validate_base_url(url: str) -> None:
    """Raises ValidationError for all but plain addresses that are public, allowed or the environment's own."""
    if fault := address_fault(url, reach_of(url)):
        raise ValidationError(FAULTS[fault])
