"""Which addresses a connection may reach: all public ones, and the private ones that the deployment allows."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from llm.core.addresses.host import read_host, read_ip
from llm.core.addresses.scope import IP, Network, Scope, real_ip, scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`anywhere`: every address. Else the public ones, and those in `networks`."""

    anywhere: bool = False
    networks: tuple[Network, ...] = ()

    def refuses(self, ip: IP) -> Scope | None:
        """The scope for which a connection to `ip` is refused; None when it is allowed."""
        scope = scope_of(ip)
        if self.anywhere or scope is Scope.PUBLIC:
            return None
        real = real_ip(ip)
        return None if any(real in network for network in self.networks) else scope


PUBLIC = Reach()
TRUSTED = Reach(anywhere=True)
"""For addresses that the environment names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateHosts:
    """The hosts and networks that are allowed although they are not public. `suffixes` begin with a dot."""

    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    def reach(self, host: str) -> Reach:
        """How far a connection to `host` may reach: anywhere when its name is allowed."""
        if host in self.names or host.endswith(self.suffixes):
            return TRUSTED
        return Reach(networks=self.networks)


NO_PRIVATE_HOSTS = PrivateHosts()


def read_private_hosts(words: Iterable[str]) -> PrivateHosts:
    """Reads host names, suffixes (`.example.internal` or `*.example.internal`), IP addresses and networks.

    Raises ValueError with the wrong word.
    """
    names, suffixes, networks = set[str](), list[str](), list[Network]()
    for word in words:
        if (network := _network(word)) is not None:
            networks.append(network)
            continue
        plain = word.removeprefix("*").removeprefix(".")
        host = read_host(plain)
        if host is None or _is_number(host):
            raise ValueError(word)
        if plain == word:
            names.add(host)
        else:
            suffixes.append(f".{host}")
    return PrivateHosts(names=frozenset(names), suffixes=tuple(suffixes), networks=tuple(networks))


def ip_of(text: str) -> IP:
    """The IP address of a socket's address, without the zone of a link-local one."""
    return ip_address(text.partition("%")[0])


def _is_number(host: str) -> bool:
    """Whether a resolver takes the host for a number. The setting has networks in their usual form alone."""
    try:
        return read_ip(host) is not None
    except ValueError:
        return True


def _network(word: str) -> Network | None:
    try:
        return ip_network(word.strip("[]"), strict=False)
    except ValueError:
        return None
