"""Decides whether a key may do what a request asks for."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from llm.core.consumers.rights import AskedFor, KeyRights, Refused


def refused(rights: KeyRights, asked: AskedFor) -> Refused | None:
    """The first bound that the request breaks; None when it keeps them all."""
    holder = rights.holder
    if asked.now is not None and rights.not_before is not None and asked.now < rights.not_before:
        return Refused(
            field="not_before", sentence=f"This {holder} is valid from {rights.not_before:%Y-%m-%d %H:%M} UTC."
        )
    if asked.now is not None and rights.not_after is not None and asked.now > rights.not_after:
        return Refused(
            field="not_after", sentence=f"This {holder} was valid until {rights.not_after:%Y-%m-%d %H:%M} UTC."
        )
    if rights.networks and asked.address is not None and not _is_within(asked.address, rights.networks):
        return Refused(field="networks", sentence=f"This {holder} may not be used from this address.")
    if rights.endpoints and asked.endpoint is not None and asked.endpoint not in rights.endpoints:
        return Refused(field="endpoints", sentence=f"This {holder} may not use the endpoint {asked.endpoint!r}.")
    if asked.stream and not rights.streaming:
        return Refused(field="streaming", sentence=f"This {holder} may not ask for streams.")
    if rights.max_tokens is not None and asked.max_tokens is not None and asked.max_tokens > rights.max_tokens:
        return Refused(field="max_tokens", sentence=f"This {holder} may ask for at most {rights.max_tokens} tokens.")
    for field, name in (("routes", asked.route), ("providers", asked.provider), ("models", asked.model)):
        if name is not None and not matches(getattr(rights, field), name):
            return Refused(field=field, sentence=f"This {holder} may not ask the {field[:-1]} {name!r}.")
    return None


def refused_by_any(rights: Iterable[KeyRights], asked: AskedFor) -> Refused | None:
    """The same for the rights of key, consumer and team together: each narrows the others."""
    return next((refusal for each in rights if (refusal := refused(each, asked)) is not None), None)


def matches(patterns: tuple[str, ...], name: str) -> bool:
    """Whether the name matches one of the patterns; any name does where there are none."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def largest_answer(rights: Iterable[KeyRights]) -> int | None:
    """The smallest of the bounds on `max_tokens`; None without one."""
    return min((each.max_tokens for each in rights if each.max_tokens is not None), default=None)


def _is_within(text: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _parsed(networks))


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks. An unreadable one, edited by hand, contains no address."""
    parsed = []
    for text in networks:
        try:
            parsed.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(parsed)
