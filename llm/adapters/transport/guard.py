"""Judges each IP address before a connection is made to it: since it was saved, a name may resolve to another one."""

import socket
from collections.abc import Callable, Iterable
from typing import Any

from llm.core.addresses.judge import AddressFault
from llm.core.addresses.reach import Reach, ip_of
from llm.core.addresses.scope import Scope
from llm.core.failures.policy import ErrorClass, Failure

SETTING = "LLM_ALLOW_PRIVATE_HOSTS"


class AddressRefused(OSError):
    """The address lies outside of the provider's reach. The message is for operators."""

    def __init__(self, ip: str, scope: Scope) -> None:
        super().__init__(f"not connected: {ip} is {scope}, and {SETTING} does not allow it")


def check(address: str, reach: Reach) -> None:
    """Raises AddressRefused for an IP address outside of `reach`."""
    if scope := reach.refuses(ip_of(address)):
        raise AddressRefused(address, scope)


def guarded_sockets(reach: Reach) -> Callable[[Any], socket.socket]:
    """aiohttp's `socket_factory`: it gets each address that is about to be connected to, literal or resolved."""

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        check(address[0], reach)
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def refusal_in(errors: Iterable[BaseException]) -> AddressRefused | None:
    """The refusal among an error and its causes."""
    return next((error for error in errors if isinstance(error, AddressRefused)), None)


def refused_address(fault: AddressFault) -> Failure:
    """The failure of a provider whose address is refused before a name is resolved."""
    if fault is AddressFault.PRIVATE:
        message = f"not connected: the base URL is not public, and {SETTING} does not allow it"
        return Failure(error_class=ErrorClass.PERMISSION, message=message)
    return Failure(error_class=ErrorClass.CONNECTION, message=f"the base URL is no http(s) address ({fault})")
