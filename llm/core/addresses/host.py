"""Reads the host of an address as resolvers do, numeric forms of IPv4 included."""

import re
from ipaddress import IPv4Address, IPv6Address

from llm.core.addresses.scope import IP

NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
"""A host name. Single words and underscores are allowed: containers have such names."""

NUMBER = re.compile(r"0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*")
"""One part of an IPv4 address as inet_aton(3) reads it: hexadecimal, octal or decimal."""

LOCAL_NAMES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
)
"""Ends of names that only a private network resolves: RFC 6761, 6762 (appendix G), 8375, and ICANN's .internal."""


def read_host(host: str) -> str | None:
    """The host as a resolver sees it: in lower case, IDN as ASCII, without the dot at its end. None for no host."""
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return None
    host = host.lower().removesuffix(".")
    return host if NAME.fullmatch(host) else None


def read_ip(host: str) -> IP | None:
    """The IP address that `host` is, in any numeric form; None for a name. Raises ValueError for a wrong number."""
    if ":" in host:
        return IPv6Address(host)
    parts = host.split(".")
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", parts[-1]):
        return None
    if len(parts) > 4 or not all(map(NUMBER.fullmatch, parts)):
        raise ValueError("no IPv4 address")
    *first, last = [_number(part) for part in parts]
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        raise ValueError("no IPv4 address")
    return IPv4Address(sum(part << 8 * (3 - place) for place, part in enumerate(first)) + last)


def is_local_name(host: str) -> bool:
    """Whether only a private network can resolve the name: it is a single word, or ends like one."""
    return "." not in host or host.endswith(tuple(f".{name}" for name in LOCAL_NAMES))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text, 16)
    return int(text, 8 if text.startswith("0") else 10)
