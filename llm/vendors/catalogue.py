"""The catalogue as a whole: a vendor by its name, or by the address that a provider has."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from llm.vendors.preset import Preset
from llm.vendors.quirks import NO_QUIRKS, Quirks
from llm.vendors.rows.clouds import CLOUDS
from llm.vendors.rows.hosts import HOSTS
from llm.vendors.rows.makers import MAKERS
from llm.vendors.rows.own_servers import OWN_SERVERS

PRESETS: dict[str, Preset] = {row.name: row for row in (*MAKERS, *HOSTS, *CLOUDS, *OWN_SERVERS)}
"""All rows by name, in the order in which they are shown."""

KNOWN_HOSTS = tuple((re.compile(row.host), row) for row in (*MAKERS, *HOSTS, *CLOUDS))


@lru_cache(maxsize=512)
def preset_of(vendor: str, base_url: str) -> Preset | None:
    """The row of a provider: the one that it names, else the one whose host its address has; None for neither."""
    if vendor:
        return PRESETS.get(vendor)
    host = urlsplit(base_url).hostname or "" if base_url else ""
    return next((row for pattern, row in KNOWN_HOSTS if host and pattern.fullmatch(host)), None)


def quirks_of(vendor: str, base_url: str) -> Quirks:
    """The quirks of a provider of kind openai."""
    preset = preset_of(vendor, base_url)
    return preset.quirks if preset is not None else NO_QUIRKS


def price_id_of(vendor: str, base_url: str) -> str:
    """The provider's vendor in the price list; "" where the catalogue does not know it."""
    preset = preset_of(vendor, base_url)
    return preset.price_id if preset is not None else ""
