"""The scope of an IP address: public, or the reason why it is not.

Networks from IANA's registries of special-purpose addresses:
https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry.
Listed here, because the answers of `ipaddress` change with Python's patch releases.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IP = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Scope(StrEnum):
    """Who can be reached at an IP address."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    """Clouds serve the credentials of their machines there: 169.254.169.254."""
    PRIVATE = "private"
    SHARED = "shared by a carrier"
    MULTICAST = "multicast"
    RESERVED = "reserved"


SPECIAL: tuple[tuple[str, Scope], ...] = (
    ("0.0.0.0/8", Scope.LOOPBACK),  # Linux connects 0.0.0.0 to itself
    ("10.0.0.0/8", Scope.PRIVATE),
    ("100.64.0.0/10", Scope.SHARED),
    ("127.0.0.0/8", Scope.LOOPBACK),
    ("168.63.129.16/32", Scope.LINK_LOCAL),  # Azure's host agent, at a public address
    ("169.254.0.0/16", Scope.LINK_LOCAL),
    ("172.16.0.0/12", Scope.PRIVATE),
    ("192.0.0.0/24", Scope.RESERVED),
    ("192.0.2.0/24", Scope.RESERVED),
    ("192.88.99.0/24", Scope.RESERVED),
    ("192.168.0.0/16", Scope.PRIVATE),
    ("198.18.0.0/15", Scope.PRIVATE),
    ("198.51.100.0/24", Scope.RESERVED),
    ("203.0.113.0/24", Scope.RESERVED),
    ("224.0.0.0/4", Scope.MULTICAST),
    ("240.0.0.0/4", Scope.RESERVED),
    ("::/128", Scope.LOOPBACK),
    ("::1/128", Scope.LOOPBACK),
    ("fc00::/7", Scope.PRIVATE),
    ("fec0::/10", Scope.PRIVATE),
    ("fe80::/10", Scope.LINK_LOCAL),
    ("ff00::/8", Scope.MULTICAST),
    ("2001::/23", Scope.RESERVED),  # Teredo among others
    ("2001:db8::/32", Scope.RESERVED),
    ("3fff::/20", Scope.RESERVED),
)
"""Networks that are not public."""

_SPECIAL = tuple((ip_network(network), scope) for network, scope in SPECIAL)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def real_ip(ip: IP) -> IP:
    """The address that is reached: the IPv4 address inside an IPv4-mapped, NAT64 or 6to4 one, else `ip`."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip


def scope_of(ip: IP) -> Scope:
    """The scope of the address that is reached by `ip`."""
    ip = real_ip(ip)
    for network, scope in _SPECIAL:
        if ip in network:
            return scope
    is_public = isinstance(ip, IPv4Address) or ip in _GLOBAL_UNICAST
    return Scope.PUBLIC if is_public else Scope.RESERVED
