"""`python -m bench.budgets.cost`: CPU microseconds that limits and budgets add to a call, without and with rules."""

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from llm.core.budgets.rules import Rules

CALLS = 5_000


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    django.setup()
    from llm.core.budgets.rules import Rule, Rules, Scope, Unit, indexed
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

    for rule in rules:  # slices that last
        ask = Ask(rule, 1, period_at(month, datetime.now(UTC)))
        ledger._accounts[ask.key] = Account(rule, ask.period, leased=10**14, renewed_at=time.monotonic())
    print(f"without rules: {asyncio.run(_cost(Rules())):.1f} us a call")
    print(f"three budgets: {asyncio.run(_cost(indexed(rules))):.1f} us a call")


async def _cost(rules: "Rules") -> float:
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

    contexts = [context(n) for n in range(CALLS)]
    began = time.process_time()
    for one in contexts:
        if config.rules:
            await admission.admit(one, config, make_plan)
            admission.end(one)
    return (time.process_time() - began) / CALLS * 1e6


if __name__ == "__main__":
    main()
