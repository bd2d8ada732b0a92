"""Looks at the vendors' variables, which `llm.conf` reads: a wrong one is to stop the start, not the first request."""

import environ
from django.core.exceptions import ImproperlyConfigured

from llm.conf import ADMIN_KEY_VARIABLES, KEY_VARIABLES
from llm.core.addresses.judge import address_fault
from llm.core.addresses.reach import TRUSTED
from llm.kinds import KINDS


def vendors(env: environ.Env) -> None:
    """Raises ImproperlyConfigured for an address or a key that no vendor can have. The values are not in its words."""
    ordinary = (name for names in KEY_VARIABLES.values() for name in names)
    for name in (*ordinary, *ADMIN_KEY_VARIABLES.values()):
        key = env.str(name, default="").strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ImproperlyConfigured(f"{name} must be one word of ASCII characters, as the vendor shows its keys.")
    for kind in KINDS.values():
        env.str(f"{kind.env}_MODEL", default="")
        url = env.str(f"{kind.env}_BASE_URL", default="").strip()
        if url and address_fault(url, TRUSTED):
            raise ImproperlyConfigured(
                f"{kind.env}_BASE_URL must begin with https:// or http:// and name a host, such as "
                "https://llm.example.com, without blanks, credentials, query and fragment."
            )
