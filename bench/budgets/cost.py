"""`python -m bench.budgets.cost`: what a key, its rights, limits and budgets add to a call; prints JSON.

CPU seconds of a call by part, on an empty database of its own: run it by `bench.routing.apart.figures_of`.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from llm.core.budgets.rules import Rules

CALLS = 5_000
IDENTITY, NO_RULES, BUDGETS = "key and its rights", "limits and budgets, none set", "limits and budgets, three set"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    django.setup()
    from django.core.management import call_command

    from llm.core.budgets.rules import Rules

    call_command("migrate", verbosity=0)
    secret = _key()
    json.dump(
        {
            IDENTITY: asyncio.run(_identity(secret)),
            NO_RULES: asyncio.run(_admission(Rules())),
            BUDGETS: asyncio.run(_admission(_three_budgets())),
        },
        sys.stdout,
    )


def _key() -> str:
    """A key whose rights bound routes, endpoints, networks and the tokens of an answer."""
    from django.contrib.auth.models import User

    from llm.stores.config.keys import create

    bounds = {"routes": ["def*"], "endpoints": ["chat"], "networks": ["127.0.0.0/8"], "max_tokens": 4096}
    return create(User.objects.create_user("shop"), "site", bounds=bounds)[1]


async def _identity(secret: str) -> list[float]:
    from llm.services.access.consumers import authenticate
    from llm.services.access.key_rights import judge_use

    async def one() -> None:
        consumer = await authenticate(f"Bearer {secret}")
        assert consumer is not None  # noqa: S101  for the type checker
        judge_use(consumer, endpoint="chat", address="127.0.0.1")

    return await _spent_s([one] * CALLS)


async def _spent_s(calls: "list[Callable[[], Awaitable[None]]]") -> list[float]:
    """The CPU seconds of this thread for each call. The first one is not counted: it reads the configuration."""
    await calls[0]()
    spent = []
    for call in calls[1:]:
        began = time.thread_time()
        await call()
        spent.append(time.thread_time() - began)
    return spent


def _three_budgets() -> "Rules":
    """A month's budgets on everything, a route and a provider, with slices that last."""
    from llm.core.budgets.rules import Rule, Scope, Unit, indexed
    from llm.core.budgets.window import Span, Window, period_at
    from llm.stores.budgets.account import Account, Ask
    from llm.stores.budgets.ledger import ledger

    month = Window(span=Span.MONTH, zone="Africa/Douala")
    rules = [
        Rule(
            account=f"b{n}",
            name=f"b{n}",
            scope=scope,
            target=target,
            unit=unit,
            cap=10**15,
            window=month,
            is_budget=True,
        )
        for n, (scope, target, unit) in enumerate(
            [(Scope.ALL, "", Unit.USD), (Scope.ROUTE, "default", Unit.USD), (Scope.PROVIDER, "claude", Unit.TOKENS)]
        )
    ]

    for rule in rules:
        ask = Ask(rule, 1, period_at(month, datetime.now(UTC)))
        ledger._holdings.accounts[ask.key] = Account(rule, ask.period, leased=10**14, renewed_at=time.monotonic())
    return indexed(rules)


async def _admission(rules: "Rules") -> list[float]:
    from llm.core.calls import AttemptReason, Caller, CallInfo, CallOptions
    from llm.core.chat.request import ChatRequest, Role, message
    from llm.core.routing.config import Config
    from llm.core.routing.plan import Candidate, Plan, RoutePolicy, Stop
    from llm.gateway.context import CallContext
    from llm.services.calls import admission

    config = Config(rules=rules)
    candidate = Candidate(name="claude", kind="claude", model="claude-sonnet-4-5")
    plan = Plan(stops=(Stop(candidate=candidate, reason=AttemptReason.FIRST, generation=0),), skips=())
    request = ChatRequest(messages=(message(Role.USER, "x" * 2_000),), max_tokens=500)
    now = datetime.now(UTC)

    def context(n: int) -> CallContext:
        call = CallInfo(
            id=str(n),
            request_id=str(n),
            route="default",
            caller=Caller(consumer="shop", key_id="k"),
            stream=False,
            started_at=now,
        )
        return CallContext(
            call=call, request=request, options=CallOptions(), route=RoutePolicy(), started=0, deadline=60, plan=plan
        )

    async def make_plan() -> Plan:
        return plan

    async def admitted(one: CallContext) -> None:
        if config.rules:
            await admission.admit(one, config, make_plan)
            admission.end(one)

    return await _spent_s([partial(admitted, context(n)) for n in range(CALLS)])


if __name__ == "__main__":
    main()
