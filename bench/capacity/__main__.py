"""`python -m bench.capacity [--json]`: CPU microseconds a call, the best of several rounds, on one core."""

import argparse
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

import django

CALLS, ROUNDS = 3_000, 7
AIM_US = 20.0
HEADERS = {
    "content-type": "application/json",
    "date": "Sat, 28 Nov 2026 12:00:00 GMT",
    "request-id": "req_1",
    "via": "1.1 google",
    **{
        f"anthropic-ratelimit-{bucket}-{field}": value
        for bucket in ("requests", "tokens", "input-tokens", "output-tokens")
        for field, value in (("limit", "4000"), ("remaining", "3999"), ("reset", "2026-11-28T12:00:10Z"))
    },
}
"""Anthropic's, which are the most."""


def best_us(work: Callable[[], object]) -> float:
    """The least CPU that one run of `work` took on average of a round."""
    rounds = []
    for _ in range(ROUNDS):
        begun = process_time()
        for _ in range(CALLS):
            work()
        rounds.append((process_time() - begun) / CALLS * 1e6)
    return round(min(rounds), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="Print JSON in place of text.")
    as_json = parser.parse_args().json
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    django.setup()
    figures = measured()
    if as_json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:>44}  {figure:6.1f} µs")


def measured() -> dict[str, float]:
    from llm.core.chat.response import Completion, Finish, Usage
    from llm.core.failures.limit_headers import readings_of
    from llm.gateway.sampling import sample_of
    from llm.stores.capacity.store import CapacityStore

    now = datetime.now(UTC)
    answer = Completion(
        text="x",
        model="m",
        finish=Finish.STOP,
        usage=Usage(input=1_000, output=200),
        limits=readings_of(HEADERS, now),
    )
    store = CapacityStore(Alone)

    def call() -> None:
        flight = store.begin("one", input_tokens=1_000, max_tokens=1_000)
        sample = sample_of(answer, input_tokens=1_000, first_s=0.5, whole_s=3.0, is_test=False)
        store.end("one", flight, sample)

    def planned() -> None:
        call()
        store.read()

    try:
        learning = best_us(call)
        return {
            "learning, begin and end of a call": learning,
            "rate headers, Anthropic's twelve": best_us(lambda: readings_of(HEADERS, now)),
            "rate headers, none": best_us(lambda: readings_of({"content-type": "text/html"}, now)),
            "reading one snapshot for a plan": round(best_us(planned) - learning, 1),
            "aim for learning": AIM_US,
        }
    finally:
        store.forget()


class Alone:
    """A store without other workers."""

    unavailable: tuple[type[Exception], ...] = (OSError,)
    turn_s = 3600.0

    def exchange(self, worker: str, own: str | None, at: float) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing is open."""


if __name__ == "__main__":
    main()
