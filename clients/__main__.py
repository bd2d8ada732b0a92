"""`make clients`: every client against the live product, and one table of what works. Exit 1 when something fails."""

import argparse
import json
import sys
from dataclasses import asdict

from clients.features import Result, failed, table
from clients.product import product
from clients.running import CLIENTS, results_of


def main() -> None:
    parser = argparse.ArgumentParser(prog="clients", description=__doc__)
    parser.add_argument("--only", metavar="WORD", help="clients whose name holds this word")
    parser.add_argument("--json", action="store_true", help="print one JSON list of results")
    words = parser.parse_args()
    chosen = [client for client in CLIENTS if (words.only or "").lower() in client.name.lower()]
    if not chosen:
        parser.error(f"no client is called {words.only}; known are: {', '.join(client.name for client in CLIENTS)}")
    results: list[Result] = []
    with product() as running:
        for client in chosen:
            print(f"{client.name}...", file=sys.stderr)
            results += results_of(client, running)
    print(json.dumps([asdict(result) for result in results], indent=2) if words.json else table(results))
    sys.exit(1 if failed(results) else 0)


if __name__ == "__main__":
    main()
