"""The address from which a request came."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def sender_address(request: HttpRequest) -> str:
    """The client's IP address as text, "" without a readable one.

    With BEHIND_TLS_PROXY the last entry of X-Forwarded-For counts, which the proxy wrote itself. Without, the header
    is ignored: anyone could send it.
    """
    text: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_TLS_PROXY:
        text = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or text
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
