"""A process that asks a vendor under a budget, and stops at the step that it is told to: the test kills it there."""

import asyncio
import os
import sys
from typing import Any

import django

STEPS = ("reserved", "begun", "answered", "journalled", "stored")


def main(step: str) -> None:
    django.setup()
    from llm.core.chat.request import ChatRequest, Role, message
    from llm.services.calls import admission, run
    from llm.services.runtime import call_log
    from llm.stores.calls import rows

    def stop_after(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def stopping(*words: Any, **named: Any) -> Any:
            result = original(*words, **named)
            return _after(result) if asyncio.iscoroutine(result) else _stop()

        setattr(owner, name, stopping)

    {
        "reserved": lambda: stop_after(admission, "admit"),
        "begun": lambda: stop_after(call_log, "begin"),
        "answered": lambda: stop_after(admission, "end"),
        "journalled": lambda: stop_after(call_log._journal, "finish"),
        "stored": lambda: stop_after(rows, "insert"),
    }[step]()
    request = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=50)
    asyncio.run(run.complete(request))
    call_log.flush()


async def _after(result: Any) -> Any:
    await result
    _stop()


def _stop() -> None:
    print("here", flush=True)  # noqa: T201  for the test that waits for it
    os.read(0, 1)


if __name__ == "__main__":
    main(sys.argv[1])
