"""A process that asks a vendor under two budgets, once for each step: the child that does so stops there, to be killed.

It prints `PID STEP` for each child, and the ledger after recovery as JSON at the end.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

STEPS = ("reserved", "begun", "answered", "journalled", "stored")


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from llm.models import Budget

    call_command("migrate", verbosity=0)
    Budget.objects.create(name="all", usd=5, span="total")
    Budget.objects.create(name="claudes", tokens=100_000, scope="provider", target="claude")
    for step in STEPS:
        connections.close_all()
        child = os.fork()
        if not child:
            _ask_and_stop(step)
        os.waitpid(child, 0)
    _tell()


def _ask_and_stop(step: str) -> None:
    from llm.core.chat.request import ChatRequest, Role, message
    from llm.services.calls import admission, run
    from llm.services.runtime import call_log
    from llm.stores.calls import rows

    def stop() -> None:
        print(os.getpid(), step, flush=True)  # noqa: T201  for the test that kills
        os.read(0, 1)

    def stop_after(owner: Any, name: str) -> Callable[..., Any]:
        original = getattr(owner, name)

        async def waited(result: Any) -> Any:
            await result
            stop()

        def stopping(*words: Any, **named: Any) -> Any:
            result = original(*words, **named)
            return waited(result) if asyncio.iscoroutine(result) else stop()

        return stopping

    owner, name = {
        "reserved": (admission, "admit"),
        "begun": (call_log, "begin"),
        "answered": (admission, "end"),
        "journalled": (call_log._journal, "finish"),
        "stored": (rows, "insert"),
    }[step]
    setattr(owner, name, stop_after(owner, name))
    request = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=50)
    asyncio.run(run.complete(request))
    call_log.flush()
    os._exit(1)  # it was to be killed


def _tell() -> None:
    from time import time

    from llm.models import Attempt, Budget, LedgerLease, LedgerSlot
    from llm.stores.calls.log import recover

    recover()
    recover()
    names = {f"budget:{row.pk}": row.name for row in Budget.objects.all()}
    attempts = list(Attempt.objects.values_list("cost_usd", "input_tokens", "output_tokens"))
    shown = {
        "spent": {names[row.account]: row.spent for row in LedgerSlot.objects.all()},
        "attempts": len(attempts),
        "nano_usd": int(sum(cost or 0 for cost, _, _ in attempts) * 10**9),
        "tokens": sum(asked + answered for _, asked, answered in attempts),
        "pinned_s": max(row.expires_at - time() for row in LedgerLease.objects.all()),
    }
    print(json.dumps(shown), flush=True)  # noqa: T201  the same


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    main()
