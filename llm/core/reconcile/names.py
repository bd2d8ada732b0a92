"""One name for a model, whatever its dated versions, places and vendors' prefixes."""

import re

DATED = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$")
"""`claude-sonnet-4-5-20250929`, `gpt-5-mini-2025-08-07`, `claude-sonnet-4-5@20250929`."""


def plain_model(name: str) -> str:
    """The name under which our records and a vendor's reports meet. "" stays ""."""
    return DATED.sub("", name.strip().lower().removeprefix("models/").rpartition("/")[2])
