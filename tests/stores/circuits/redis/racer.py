"""Another worker process for tests: `python -m tests.stores.circuits.redis.racer URL PREFIX TASK`, DATABASE_URL set.

It says "ready" when it knows the circuits, goes on at the next line of its input, and prints what came of it.
"""

import asyncio
import os
import sys
import time
from dataclasses import replace

import django

django.setup()

from llm.core.circuit.state import DEFAULT_POLICY, holds_trial  # noqa: E402
from llm.stores.circuits.redis import RedisCircuitStore  # noqa: E402
from tests.stores.circuits.redis.steps import no_credit, read, trial  # noqa: E402
from tests.waiting import eventually  # noqa: E402

SHORT_LEASE = replace(DEFAULT_POLICY, trial_lease_s=1.0)


async def race(store: RedisCircuitStore, name: str, racers: int) -> int:
    """How many of so many racers got the trial of claude."""

    async def one(number: int) -> bool:
        holder = f"{name} {number}"
        return holds_trial(await store.change("claude", trial(holder)), holder)

    return sum(await asyncio.gather(*(one(number) for number in range(racers))))


def lease(store: RedisCircuitStore) -> None:
    """Takes the trial for a second and says so; then waits to be killed."""
    circuit = store.change_now("claude", trial("the dead", SHORT_LEASE), by="test")
    say(circuit.trial_holder)
    time.sleep(60)


def fork(store: RedisCircuitStore) -> None:
    """A process that is forked off one whose store is at work changes a circuit itself."""
    child = os.fork()
    if child == 0:
        asyncio.run(store.change("claude", no_credit()))
        store.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert eventually(lambda: "claude" in store.peek())
    say(store.peek()["claude"].state)


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(url: str, prefix: str, task: str) -> None:
    store = RedisCircuitStore(url, prefix=prefix)
    read(store)
    say("ready")
    sys.stdin.readline()
    if task == "race":
        say(asyncio.run(race(store, str(os.getpid()), 12)))
    else:
        {"lease": lease, "fork": fork}[task](store)


if __name__ == "__main__":
    main(*sys.argv[1:])
