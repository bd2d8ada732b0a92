"""`python -m bench.rotation [--json]`: 1,000 requests a minute while their key is rotated twice. None may be refused.

Four clients share the key, over four workers and PostgreSQL. They take a new secret up after 0, 2, 5 and 8 seconds;
until then they go on with the one before. At the end a request bears the first secret, which must be refused by then.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from itertools import count

import aiohttp

from bench.own_postgres import own_postgres
from bench.processes import Running, gateway, simulator

PER_MINUTE, SECONDS, ROTATIONS, WORKERS = 1_000, 60.0, 2, 4
KNOWN_S = 2.0
"""By then every worker knows that a secret has ended."""
LAGS_S = (0.0, 2.0, 5.0, 8.0)
BODY = {"model": "claude", "max_tokens": 50, "messages": [{"role": "user", "content": "Bonjour"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`refused`: answers other than 200. `by_secret`: requests with the first, second and third secret.

    `overdue`: the status of a request with the first secret at the end.
    """

    asked: int
    refused: int
    rotations: int
    by_secret: tuple[int, ...]
    overdue: int
    p95_ms: float

    @property
    def holds(self) -> bool:
        return not self.refused and self.overdue == 401 and all(self.by_secret)


class Secrets:
    """The key's secrets so far, each with the moment of its making on the monotonic clock."""

    def __init__(self, first: str) -> None:
        self.made = [(first, float("-inf"))]

    def of_client(self, lag_s: float) -> int:
        """The index of the secret that a client uses which takes new ones up so much later."""
        now = time.monotonic()
        return max(index for index, (_, at) in enumerate(self.made) if at + lag_s <= now)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rotation", description=__doc__)
    parser.add_argument("--json", action="store_true", help="One JSON object.")
    options = parser.parse_args()
    with (
        own_postgres() as postgres,
        simulator() as vendors,
        gateway(vendors, database_url=postgres.url, workers=WORKERS) as product,
    ):
        result = asyncio.run(_measured(product))
    shown = asdict(result)
    print(json.dumps(shown) if options.json else "\n".join(f"{name:10} {value}" for name, value in shown.items()))
    if not result.holds:
        raise SystemExit("a rotation refused a client, or left an old secret valid")


async def _measured(product: Running) -> Result:
    secrets = Secrets(product.key)
    statuses: Counter[int] = Counter()
    used: Counter[int] = Counter()
    took: list[float] = []
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as session:

        async def ask(index: int) -> int:
            headers = {"Authorization": f"Bearer {secrets.made[index][0]}"}
            async with session.post(f"{product.url}/v1/chat/completions", json=BODY, headers=headers) as answer:
                await answer.read()
                return answer.status

        async def counted(client: int) -> None:
            index, began = secrets.of_client(LAGS_S[client]), time.monotonic()
            used[index] += 1
            statuses[await ask(index)] += 1
            took.append(time.monotonic() - began)

        rotating = asyncio.create_task(_rotate(session, product, secrets))
        await _paced(counted, lambda: rotating.done() and secrets.of_client(max(LAGS_S)) == ROTATIONS)
        await rotating
        await asyncio.sleep(KNOWN_S)
        overdue = await ask(0)
    asked = sum(statuses.values())
    return Result(
        asked=asked,
        refused=asked - statuses[200],
        rotations=ROTATIONS,
        by_secret=tuple(used[index] for index in range(len(secrets.made))),
        overdue=overdue,
        p95_ms=round(1000 * sorted(took)[int(0.95 * len(took))], 1),
    )


async def _paced(ask: Callable[[int], Awaitable[None]], is_over: Callable[[], bool]) -> None:
    """Starts a request when it is due, whether or not the ones before have ended: for SECONDS, and until `is_over`."""
    began, asked = time.monotonic(), []
    for number in count():
        if time.monotonic() - began > SECONDS and is_over():
            break
        await asyncio.sleep(max(0.0, began + number * 60 / PER_MINUTE - time.monotonic()))
        asked.append(asyncio.ensure_future(ask(number % len(LAGS_S))))
    await asyncio.gather(*asked)


async def _rotate(session: aiohttp.ClientSession, product: Running, secrets: Secrets) -> None:
    """Rotations by the API, with the key itself: it is an operator's."""
    keys = f"{product.url}/api/llm/keys"
    for _ in range(ROTATIONS):
        await asyncio.sleep(SECONDS / (ROTATIONS + 1))
        headers = {"Authorization": f"Bearer {secrets.made[-1][0]}"}
        async with session.get(keys, headers=headers) as answer:
            (key,) = (await answer.json())["keys"]
        async with session.post(f"{keys}/{key['id']}/rotate", json={}, headers=headers) as answer:
            secrets.made.append(((await answer.json())["key"], time.monotonic()))


if __name__ == "__main__":
    main()
