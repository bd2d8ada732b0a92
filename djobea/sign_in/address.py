"""The address that failed sign-ins are counted by: django-axes' AXES_CLIENT_IP_CALLABLE."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64
"""The bits of a customer's network. Inside it one machine has as many addresses as it likes."""


def client_address(request: HttpRequest) -> str | None:
    """The client's address; for IPv6 the first one of its network. None without a readable one.

    With BEHIND_TLS_PROXY the last entry of X-Forwarded-For counts, which the proxy wrote itself. Without, the header
    is ignored: anyone could send it.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_TLS_PROXY:
        text = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or text
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, IPV6_PREFIX), strict=False).network_address)
