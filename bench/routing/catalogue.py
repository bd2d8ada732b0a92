"""A vendor is added from the catalogue, and a LiteLLM file of twelve models imported: commands, seconds, cents, fields.

The vendor is the simulator, which behaves as Mistral does: it refuses `max_completion_tokens`, `seed` and ids of tool
calls of another form. Each command is a process of its own on an empty database, as on a new machine.
"""

import json
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.processes import Running, operate
from bench.routing.drill import Drill, Result, Value, at_least, at_most
from llm.simulator import Simulator
from llm.simulator.openai.manners import Manners

LITELLM = Path(__file__).parent / "litellm.yaml"
KEY = "sk-bench-0123456789"
MISTRAL = Manners(limit_field="max_tokens", tool_id="[a-zA-Z0-9]{9}", extra=frozenset({"random_seed"}))
MODELS = ("mistral-small-latest", "mistral-large-latest")


def measure() -> dict[str, Any]:
    """The figures. Seconds are wall time of whole commands, their start included; cents are by the price list."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as sim:
        sim.add_account("mistral", "openai", keys=[KEY], models=MODELS)
        sim.behave("mistral", MISTRAL)
        product = Running(url=sim.origin, pid=0, environment=_environment(folder))
        operate(product, "migrate", "--verbosity", "0")
        return {"added": _added(product, sim), "imported": _imported(product)}


def _added(product: Running, sim: Simulator) -> dict[str, Any]:
    words = ("llm_providers", "add", "mistral", "--base-url", sim.url("mistral"), "--model", MODELS[0], "--json")
    started = time.perf_counter()
    told = json.loads(operate(product, *words))
    seconds = time.perf_counter() - started
    requests = sim.calls("mistral")
    refused = sum(request.status != 200 for request in sim.answered("mistral"))
    answer = json.loads(operate(product, "llm_ask", "Bonjour", "--provider", "mistral", "--json"))
    report = told["report"]
    return {
        "commands": 1,
        "seconds": round(seconds, 2),
        "seconds_of_test": report["elapsed_s"],
        "cents": None if report["cost_usd"] is None else round(100 * report["cost_usd"], 4),
        "requests": requests,
        "refused_requests": refused,
        "findings": {found["probe"]: found["finding"] for found in report["findings"]},
        "answers_at_once": answer["provider"] == "mistral",
    }


def _imported(product: Running) -> dict[str, Any]:
    started = time.perf_counter()
    told = json.loads(operate(product, "llm_import", str(LITELLM), "--apply", "--json"))
    seconds = time.perf_counter() - started
    return {
        "commands": 1,
        "seconds": round(seconds, 2),
        "deployments": 12,
        "providers": len(told["providers"]),
        "routes": len(told["routes"]),
        "fields_mapped": len(told["mapped"]),
        "fields_left": len(told["left"]),
        "share_mapped": told["share"],
    }


def _environment(folder: str) -> dict[str, str]:
    vendors = ("ANTHROPIC", "GEMINI", "GOOGLE", "OPENAI")
    return {
        **{f"{vendor}_{what}": "" for vendor in vendors for what in ("API_KEY", "BASE_URL")},
        "DATABASE_URL": f"sqlite:///{folder}/catalogue.sqlite3",
        "REDIS_URL": "",
        "LLM_JOURNAL_DIR": f"{folder}/journal",
        "LLM_SIMULATOR": "off",
        "LLM_ALLOW_PRIVATE_HOSTS": "127.0.0.0/8",
        "LLM_SECRET_KEYS": secrets.token_urlsafe(32),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LOG_LEVEL": "CRITICAL",
        "MISTRAL_API_KEY": KEY,
    }


def play(_seed: int) -> Result:
    """The drill in real time. Raises CalledProcessError."""
    figures = measure()
    added = figures["added"]
    rows: tuple[dict[str, Value], ...] = tuple(
        {"figure": f"{part}: {name}", "value": str(value)}
        for part, found in figures.items()
        for name, value in found.items()
    )
    return Result(
        rows=rows,
        aims=(
            at_most("cents of the test", added["cents"] or 0.0, 1.0),
            at_most("seconds of the test", added["seconds_of_test"], 60.0),
            at_least("providers that answer at once", float(added["answers_at_once"]), 1.0),
        ),
    )


DRILL = Drill(name="catalogue", about=__doc__ or "", play=play)
