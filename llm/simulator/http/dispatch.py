"""Takes every vendor request from the socket to the answer: which account, which fault, whose words. The
sending is in `delivery.py`."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from llm.simulator.accounts.recording import Recorded, masked
from llm.simulator.accounts.state import Account, VendorAccounts
from llm.simulator.call import VendorExchange
from llm.simulator.http.delivery import Delivery
from llm.simulator.http.exchange import InvalidRequest, Operation, Stamp, Vendor, WireError, WireRoute
from llm.simulator.http.transport import Connection


class Dispatcher:
    """The handler of all paths that are not the control API's."""

    def __init__(self, world: VendorAccounts, closing: asyncio.Event) -> None:
        self._world = world
        self._closing = closing

    async def handle(self, request: web.Request) -> web.StreamResponse:
        account, path = self._account(request)
        raw = await request.read()
        target = _target(account, request.method, path, request.query, raw)
        route = target if isinstance(target, WireRoute) else None
        serial = self._world.next_serial()
        recorded = _recorded(request, raw, route, serial)
        fault = account.begin(recorded)
        stamp = Stamp(serial=serial, created=int(time.time()))
        connection = Connection(request, self._closing)
        delivery = Delivery(request, connection, fault)
        finished = False
        try:
            if isinstance(target, WireRoute):
                response = await VendorExchange(account, target, request, raw, stamp, fault).answer(delivery)
            else:
                response = await delivery.whole(account.wire.refuse(target, stamp, None))
            recorded.status = None if connection.broken else response.status
            finished = True
            return response
        except ConnectionError:
            # The caller hung up in mid-answer: nothing is left to be said to anybody.
            return web.Response()
        finally:
            recorded.abandoned = not finished and not self._closing.is_set()
            account.end(abandoned=recorded.abandoned)

    def _account(self, request: web.Request) -> tuple[Account, str]:
        """The account and the path as the vendor's API would see it. Without a known prefix the headers
        tell the vendor."""
        name, _, rest = request.path.lstrip("/").partition("/")
        account = self._world.find(name)
        if account is not None:
            return account, f"/{rest}"
        return self._world.account(_vendor_at_root(request.path, request.headers, request.query)), request.path


def _vendor_at_root(path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Vendor:
    if "anthropic-version" in headers or "x-api-key" in headers or path.startswith("/v1/messages"):
        return Vendor.CLAUDE
    google = "x-goog-api-key" in headers or "key" in query or ":" in path.rpartition("/")[2]
    return Vendor.GEMINI if google or path.startswith("/v1beta/") else Vendor.OPENAI


def _target(account: Account, method: str, path: str, query: Mapping[str, str], raw: bytes) -> WireRoute | WireError:
    try:
        return _peeked(account.wire.route(method, path, query), raw)
    except InvalidRequest as error:
        return error.refusal


def _peeked(route: WireRoute, raw: bytes) -> WireRoute:
    """Two vendors say in the body which model is meant and whether to stream."""
    if route.ask is not Operation.PLAIN or route.model:
        return route
    try:
        body = json.loads(raw)
    except ValueError:
        return route
    if not isinstance(body, dict):
        return route
    return replace(
        route,
        model=str(body.get("model") or ""),
        ask=Operation.STREAM if body.get("stream") is True else Operation.PLAIN,
    )


def _recorded(request: web.Request, raw: bytes, route: WireRoute | None, serial: int) -> Recorded:
    return Recorded(
        number=serial,
        method=request.method,
        path=request.path,
        ask=route.ask if route else None,
        model=route.model if route else "",
        headers=masked(request.headers.items()),
        raw=raw,
    )
