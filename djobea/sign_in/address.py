"""The address that failed sign-ins are counted by: django-axes' AXES_CLIENT_IP_CALLABLE."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from web.address import sender_address

IPV6_PREFIX = 64
"""The bits of a customer's network. Inside it one machine has as many addresses as it likes."""


def client_address(request: HttpRequest) -> str | None:
    """The client's address; for IPv6 the first one of its network. None without a readable one."""
    text = sender_address(request)
    if text and isinstance(ip_address(text), IPv6Address):
        return str(ip_network((text, IPV6_PREFIX), strict=False).network_address)
    return text or None
