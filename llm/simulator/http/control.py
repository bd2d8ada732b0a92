"""The control API under `/_sim`: faults, scripts, keys, counters. For people with curl, for demos and for
other processes."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from llm.simulator.accounts.state import Account, VendorAccounts, shown
from llm.simulator.billing.handlers import read_faults
from llm.simulator.billing.handlers import shown as billed
from llm.simulator.faults.catalogue import VARIANTS, FaultName
from llm.simulator.faults.reading import read_text
from llm.simulator.http.exchange import Vendor
from llm.simulator.model.continuation import Continuing
from llm.simulator.model.replies import Script

_EVERYONE = "all"
_Handler = Callable[[web.Request], Awaitable[web.Response]]


class Control:
    """Handlers over the accounts. Every mistake of the caller is a 400 or 404 with `{"error": text}`."""

    def __init__(self, world: VendorAccounts) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        one, fault = "/_sim/{account}", "/_sim/{account}/fault"
        table: list[tuple[str, str, _Handler]] = [
            ("GET", "/_sim", self.overview),
            ("GET", "/_sim/", self.overview),
            ("GET", "/_sim/faults", self.fault_names),
            ("POST", "/_sim/reset", self.reset),
            ("GET", one, self.account),
            ("POST", one, self.configure),
            ("GET", fault, self.account),
            ("POST", fault, self.set_fault),
            ("PUT", fault, self.set_fault),
            ("DELETE", fault, self.heal),
            ("POST", f"{one}/reply", self.set_reply),
            ("DELETE", f"{one}/reply", self.clear_reply),
            ("GET", f"{one}/billing", self.billing),
            ("POST", f"{one}/billing", self.distort_billing),
            ("DELETE", f"{one}/billing", self.mend_billing),
            ("GET", f"{one}/requests", self.requests),
            ("DELETE", f"{one}/requests", self.forget),
            ("*", "/_sim/{rest:.*}", self.nothing_here),
        ]
        return [web.route(method, path, _answering_mistakes(handler)) for method, path, handler in table]

    def _chosen(self, request: web.Request) -> tuple[Account, ...]:
        name = request.match_info["account"]
        if name == _EVERYONE:
            return self._world.accounts()
        return (self._world.account(name),)

    def _shown(self, request: web.Request, accounts: tuple[Account, ...]) -> web.Response:
        origin = f"http://{request.host}"
        return _json({"accounts": {account.name: shown(account, origin) for account in accounts}})

    async def overview(self, request: web.Request) -> web.Response:
        return self._shown(request, self._world.accounts())

    async def fault_names(self, request: web.Request) -> web.Response:
        return _json({"faults": list(FaultName), "variants": {name: list(kinds) for name, kinds in VARIANTS.items()}})

    async def reset(self, request: web.Request) -> web.Response:
        self._world.reset()
        return await self.overview(request)

    async def account(self, request: web.Request) -> web.Response:
        return self._shown(request, self._chosen(request))

    async def configure(self, request: web.Request) -> web.Response:
        """`{"kind"?, "keys"?, "models"?}`: makes an account (kind needed) or changes one."""
        body = await _object(request)
        name = request.match_info["account"]
        account = self._world.add(name, Vendor(body["kind"])) if "kind" in body else self._world.account(name)
        if "keys" in body:
            account.keys = None if body["keys"] is None else frozenset(map(str, body["keys"]))
        if "models" in body:
            account.set_models([str(model) for model in body["models"] or ()])
        return self._shown(request, (account,))

    async def set_fault(self, request: web.Request) -> web.Response:
        accounts = self._chosen(request)
        faults = read_text(await request.text())
        for account in accounts:
            account.arm(faults)
        return self._shown(request, accounts)

    async def heal(self, request: web.Request) -> web.Response:
        for account in self._chosen(request):
            account.arm(())
        return self._shown(request, self._chosen(request))

    async def set_reply(self, request: web.Request) -> web.Response:
        """Plain text, or a JSON object with the fields of `Script`."""
        text = await request.text()
        script = read_script(await _object(request)) if text.lstrip().startswith("{") else Script(text=text)
        for account in self._chosen(request):
            account.script = script
        return self._shown(request, self._chosen(request))

    async def clear_reply(self, request: web.Request) -> web.Response:
        for account in self._chosen(request):
            account.script = Script()
        return self._shown(request, self._chosen(request))

    async def billing(self, request: web.Request) -> web.Response:
        return _json({"billing": [billed(account) for account in self._chosen(request)]})

    async def distort_billing(self, request: web.Request) -> web.Response:
        """`{"distortion": "missing" | "foreign" | "wrong_tier" | "cache_drift" | "price_change", "every"?, "tier"?,
        "factor"?, "calls"?}`, or several under `distortions`: faults of the account's reports."""
        faults = read_faults(await _object(request))
        for account in self._chosen(request):
            account.ledger.distort(faults)
        return await self.billing(request)

    async def mend_billing(self, request: web.Request) -> web.Response:
        for account in self._chosen(request):
            account.ledger.distort(())
        return await self.billing(request)

    async def requests(self, request: web.Request) -> web.Response:
        return _json(
            {"requests": [recorded.shown() for account in self._chosen(request) for recorded in account.requests()]}
        )

    async def nothing_here(self, request: web.Request) -> web.Response:
        return _json({"error": f"the control API has no {request.method} {request.path}"}, status=404)

    async def forget(self, request: web.Request) -> web.Response:
        for account in self._chosen(request):
            account.forget()
        return self._shown(request, self._chosen(request))


_SCRIPT_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "chunks": int,
    "latency": float,
    "first_token": float,
    "chunk_delay": float,
    "cached_tokens": int,
    "thinking": str,
    "redacted": bool,
    "continuing": Continuing,
    "headers": lambda given: {str(name): str(value) for name, value in dict(given).items()},
}


def read_script(values: Mapping[str, Any]) -> Script:
    """Raises ValueError for an unknown field or a value that cannot be read."""
    unknown = set(values) - set(_SCRIPT_READERS)
    if unknown:
        raise ValueError(f"a reply has no {', '.join(sorted(unknown))}; known are: {', '.join(_SCRIPT_READERS)}")
    return Script(**{name: _SCRIPT_READERS[name](value) for name, value in values.items() if value is not None})


async def _object(request: web.Request) -> dict[str, Any]:
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _json(body: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    )


def _answering_mistakes(handler: _Handler) -> _Handler:
    async def answered(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except KeyError:
            return _json({"error": f"there is no account {request.match_info.get('account')!r}"}, status=404)
        except (ValueError, TypeError) as error:
            return _json({"error": str(error)}, status=400)

    return answered
