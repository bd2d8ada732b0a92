"""Judges an address of a provider: its form, and whether its host may be reached. Resolves no name."""

import re
from enum import StrEnum
from ipaddress import IPv4Address

from llm.core.addresses.host import is_local_name, read_host, read_ip
from llm.core.addresses.reach import PUBLIC, Reach

URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE)
AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
LOOPBACK = IPv4Address("127.0.0.1")


class AddressFault(StrEnum):
    """Why an address is refused. `llm.models.validators` and the adapters have the sentences."""

    CHARACTERS = "characters"
    """Blanks, control characters, a backslash, or letters beyond ASCII outside the host."""
    SCHEME = "scheme"
    CREDENTIALS = "credentials"
    QUERY = "query"
    HOST = "host"
    PRIVATE = "private"


def address_fault(url: str, reach: Reach = PUBLIC) -> AddressFault | None:
    """Why `url` is refused; None when it is not. A name that may resolve to an allowed address is accepted.

    Connections are judged again: `llm/adapters/transport/guard.py`.
    """
    if not url.isprintable() or "\\" in url or " " in url:
        return AddressFault.CHARACTERS
    parts = URL.fullmatch(url)
    if parts is None or parts["scheme"].lower() not in ("http", "https"):
        return AddressFault.SCHEME
    if "@" in parts["authority"]:
        return AddressFault.CREDENTIALS
    if "?" in parts["rest"] or "#" in parts["rest"]:
        return AddressFault.QUERY
    if not parts["rest"].isascii():
        return AddressFault.CHARACTERS
    host = host_of(url)
    return AddressFault.HOST if host is None else _host_fault(host, reach)


def host_of(url: str) -> str | None:
    """The host of `url` as a resolver sees it, an IPv6 address without brackets; None for no host or a bad port."""
    parts = URL.fullmatch(url)
    found = AUTHORITY.fullmatch(parts["authority"]) if parts else None
    if found is None or (found["port"] and not 0 < int(found["port"]) < 65_536):
        return None
    return found["ipv6"] or read_host(found["host"])


def is_public_host(host: str) -> bool | None:
    """Whether everybody may reach the host, as far as its text tells; None for a wrong number."""
    fault = _host_fault(host, PUBLIC)
    return None if fault is AddressFault.HOST else fault is None


def _host_fault(host: str, reach: Reach) -> AddressFault | None:
    try:
        ip = read_ip(host)
    except ValueError:
        return AddressFault.HOST
    if ip is None and (host == "localhost" or host.endswith(".localhost")):
        ip = LOOPBACK
    if ip is not None:
        return AddressFault.PRIVATE if reach.refuses(ip) else None
    # Such a name may lie in an allowed network: the connection tells.
    unresolved = reach.anywhere or bool(reach.networks)
    return AddressFault.PRIVATE if is_local_name(host) and not unresolved else None
