"""The reports over HTTP, for admin keys, and the switches of their faults under `/_sim/{account}/billing`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from llm.simulator.accounts.state import Account, VendorAccounts
from llm.simulator.billing import claude, openai
from llm.simulator.billing.buckets import MOST, Asked
from llm.simulator.billing.ledger import Distortion, Fault, Ledger
from llm.simulator.http.exchange import InvalidRequest, Json, Vendor

CLAUDE = "/v1/organizations"
OPENAI = "/v1/organization"
Report = Callable[[Ledger, Asked], Json]


class Reports:
    """Handlers over the accounts."""

    def __init__(self, world: VendorAccounts) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        reports: list[tuple[str, Vendor, Report]] = [
            (f"{CLAUDE}/usage_report/messages", Vendor.CLAUDE, claude.usage),
            (f"{CLAUDE}/cost_report", Vendor.CLAUDE, claude.costs),
            (f"{OPENAI}/usage/completions", Vendor.OPENAI, openai.usage),
            (f"{OPENAI}/costs", Vendor.OPENAI, openai.costs),
        ]
        return [
            *(web.get(f"/{{account}}{path}", self._report(vendor, report)) for path, vendor, report in reports),
            *(web.get(path, self._report(vendor, report)) for path, vendor, report in reports),
        ]

    def _report(self, vendor: Vendor, report: Report) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answered(request: web.Request) -> web.Response:
            account = self._world.find(request.match_info.get("account", vendor))
            if account is None or account.wire.vendor is not vendor:
                return _refused(404, "Not Found")
            try:
                key = account.wire.key({name.lower(): text for name, text in request.headers.items()}, request.query)
            except InvalidRequest as error:
                return _refused(error.refusal.status, error.refusal.message)
            if "admin" not in key or not account.takes(key):
                return _refused(401, f"An admin key is needed, not {key[:8]}")
            try:
                return web.json_response(report(account.ledger, _asked(vendor, request.query)))
            except (ValueError, KeyError, OverflowError) as error:
                return _refused(400, f"Invalid parameter: {error}")

        return answered


def _asked(vendor: Vendor, query: "Mapping[str, str]") -> Asked:
    read: Callable[[str], datetime] = _rfc3339 if vendor is Vendor.CLAUDE else _unix
    first, last = ("starting_at", "ending_at") if vendor is Vendor.CLAUDE else ("start_time", "end_time")
    width = query.get("bucket_width", "1d")
    every = getattr(query, "getall", lambda name, default: default)
    return Asked(
        start=read(query[first]),
        end=read(query[last]) if last in query else datetime.now(UTC),
        width=width,
        groups=(*every("group_by[]", ()), *every("group_by", ())),
        limit=int(query.get("limit", min(7, MOST.get(width, 1)))),
        page=read(query["page"]) if "page" in query else None,
    )


def _rfc3339(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _unix(text: str) -> datetime:
    return datetime.fromtimestamp(int(text), UTC)


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"type": "invalid_request_error", "message": message}}, status=status)


def read_faults(values: Mapping[str, Any]) -> tuple[Fault, ...]:
    """`{"distortion": "foreign", ...}`, or a list of such under `distortions`. Raises ValueError, TypeError."""
    listed = values.get("distortions", [values] if values else [])
    return tuple(
        Fault(**{("name" if name == "distortion" else name): _value(name, value) for name, value in each.items()})
        for each in listed
    )


def _value(name: str, value: Any) -> Any:
    return Distortion(value) if name == "distortion" else value


def shown(account: Account) -> Json:
    """What the account has billed, for the control API."""
    rows = account.ledger.served()
    return {"account": account.name, "answers": len(rows), "models": sorted({row.model for row in rows})}
