"""`python -m bench.routing.fate_calls`: the calls of the drill `fate`, in a process of their own; prints JSON.

The gateway's own service asks simulated keys over real HTTP. Each case has keys of its own.
"""

from dataclasses import dataclass
from typing import Any

from bench.routing.apart import print_figures
from llm.simulator import Simulator

CALLS = 10
"""Calls of a case, one after the other."""
KEYS = {"red": "organisation", "blue": "organisation", "other": "another"}
"""The account of each key; red and blue are of two projects. They are asked in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the vendor answers to the keys `struck`. `fault`: the simulator's, with its options."""

    name: str
    fault: dict[str, Any]
    struck: tuple[str, ...] = ("red", "blue")


def _refusal(status: int, code: str, message: str) -> dict[str, Any]:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return {"name": "body", "status": status, "body": body}


CASES = (
    Case(
        name="organisation's code",
        fault=_refusal(401, "account_deactivated", "The account associated with this API key has been deactivated."),
    ),
    Case(
        name="project's code",
        fault=_refusal(401, "project_archived", "The project you are requesting has been archived."),
        struck=("red",),
    ),
    Case(name="shared 429 with Retry-After", fault={"name": "rate_limited", "retry_after": 30}),
    Case(name="shared 429 without one", fault={"name": "rate_limited"}),
)


def _set_up(vendors: Simulator) -> None:
    from llm.models import Provider, Route, RouteEntry
    from llm.services.providers import set_api_key

    for number, case in enumerate(CASES):
        route = Route.objects.create(name=f"case-{number}")
        for place, (key, account) in enumerate(KEYS.items()):
            name = f"{key}-{number}"
            row = Provider.objects.create(
                name=name,
                kind="openai",
                model="gpt-4o-mini",
                base_url=vendors.add_account(name, "openai"),
                account=f"{account}-{number}",
                project=key,
            )
            set_api_key(row, "sk-simulated")
            RouteEntry.objects.create(route=route, provider=row, priority=place)
            if key in case.struck:
                vendors.fault(name, **case.fault)


async def _played(vendors: Simulator) -> dict[str, Any]:
    return {case.name: await _case(number, vendors) for number, case in enumerate(CASES)}


async def _case(number: int, vendors: Simulator) -> dict[str, Any]:
    from llm.core.calls import CallOptions
    from llm.core.chat.request import ChatRequest, Role, message
    from llm.services.calls.run import complete
    from llm.stores.circuits.store import circuit_store

    answered = set()
    for _ in range(CALLS):
        question = ChatRequest(messages=(message(Role.USER, "Mon robinet fuit, que faire ?"),), max_tokens=50)
        answered.add((await complete(question, options=CallOptions(route=f"case-{number}"))).provider)
    circuits = await circuit_store.read(fresh=True)
    return {
        "asked": {key: vendors.calls(f"{key}-{number}") for key in KEYS},
        "parked": sorted(
            key
            for key in KEYS
            if (circuit := circuits.get(f"{key}-{number}")) and (circuit.state == "open" or circuit.throttled_until)
        ),
        "answered_by": sorted(name.partition("-")[0] for name in answered),
    }


if __name__ == "__main__":
    print_figures(_set_up, _played)
