"""Sends one signed JSON POST request to an operator's webhook, with a deadline. Retries: `outbox.py`."""

import asyncio
import hashlib
import hmac

import httpx2

from llm.adapters.transport.client import new_client
from llm.adapters.transport.guard import refusal_in
from llm.adapters.transport.signals import causes
from llm.core.addresses.reach import PUBLIC, Reach

TIMESTAMP = "X-Djobea-Timestamp"
SIGNATURE = "X-Djobea-Signature"


class NotPosted(Exception):
    """The request failed. The message names only the host: the rest of the address is secret."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v1=` and the hex HMAC-SHA256 of the timestamp, a dot and the body, under the shared secret.

    The signed timestamp lets a receiver refuse replayed requests.
    """
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def post(url: str, body: bytes, *, secret: str, timestamp: int, timeout_s: float, reach: Reach = PUBLIC) -> None:
    """Posts `body`, JSON as bytes; any 2xx is a success. Without a secret the request is unsigned.

    `timestamp` is in Unix seconds. Connects only to addresses within `reach`.
    Raises NotPosted, after `timeout_s` seconds at the latest.
    """
    headers = {"Content-Type": "application/json; charset=utf-8", TIMESTAMP: str(timestamp)}
    if secret:
        headers[SIGNATURE] = signature(secret, str(timestamp), body)
    host = _host(url)
    try:
        # Credentials go into a header: the transport refuses them within an address.
        address = httpx2.URL(url)
        login = httpx2.BasicAuth(address.username, address.password) if address.userinfo else None
        async with asyncio.timeout(timeout_s), new_client(reach) as client:
            request = client.build_request("POST", address.copy_with(userinfo=b""), content=body, headers=headers)
            response = await client.send(request, auth=login, stream=True)  # leaves the body unread: it may be endless
            await response.aclose()
    except TimeoutError:
        raise NotPosted(f"{host} did not answer within {timeout_s:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        if refused := refusal_in(causes(error)):
            raise NotPosted(f"{host}: {refused}") from None
        raise NotPosted(f"{host} could not be reached ({type(error).__name__})") from None
    if not response.is_success:
        raise NotPosted(f"{host} answered HTTP {response.status_code}")


def _host(url: str) -> str:
    try:
        return httpx2.URL(url).host or "the webhook"
    except httpx2.InvalidURL:
        return "the webhook"
