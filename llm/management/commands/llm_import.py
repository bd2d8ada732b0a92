"""`manage.py llm_import FILE`: shows what a LiteLLM or Portkey config becomes here, and makes it with --apply."""

import argparse
from pathlib import Path

from django.core.management.base import CommandParser

from llm.management.base import Exit, LLMCommand
from llm.management.show import UNKNOWN, table
from llm.models import Provider
from llm.services.access.rights import Need, Right
from llm.services.imports.apply import Applied, apply
from llm.services.imports.plan import ImportPlan
from llm.services.imports.read import plan_of

DRY = "Nothing was made. With --apply these providers and routes are."


class Command(LLMCommand):
    help = (
        "Reads a LiteLLM config.yaml or a Portkey config, and shows the providers and routes that it becomes, each "
        "field that is mapped, and each that is left with the reason. --apply makes them; rows that exist stay as they "
        "are. Keys are shown by the name of their variable alone."
    )
    need = Need(Right.ADD, Provider)
    examples = (
        "  manage.py llm_import litellm.yaml\n"
        "  manage.py llm_import litellm.yaml --apply\n"
        "  manage.py llm_import portkey.json --name support --json"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="A YAML or JSON file.")
        parser.add_argument("--apply", action="store_true", help="Make the providers and routes.")
        parser.add_argument("--name", default="", help="The route of a Portkey config; default: the file's name.")

    def run(self, options: argparse.Namespace) -> Exit:
        plan = plan_of(options.file, name=options.name)
        applied = apply(plan) if options.apply else None
        value = {**plan.shown(), "applied": applied}
        self.show(options, value=value, text=f"{plan_text(plan)}\n\n{applied_text(applied) if applied else DRY}")
        return Exit.OK


def plan_text(plan: ImportPlan) -> str:
    """The plan as tables."""
    providers = [
        (one.name, one.vendor, one.model, one.base_url or UNKNOWN, one.key.shown or UNKNOWN) for one in plan.providers
    ]
    routes = [
        (route.name, ", ".join(f"{one.provider} ({one.priority}, x{one.weight})" for one in route.members))
        for route in plan.routes
    ]
    parts = [
        f"{plan.format}: {len(plan.providers)} providers, {len(plan.routes)} routes; {len(plan.mapped)} fields mapped, "
        f"{len(plan.left)} left ({100 * plan.share:.0f} % mapped).",
        table(("provider", "vendor", "model", "address", "key from"), providers),
    ]
    if routes:
        parts.append(table(("route", "members (priority, weight)"), routes))
    parts.append(table(("mapped", "to"), [(one.path, one.to) for one in plan.mapped]))
    if plan.left:
        parts.append(table(("left", "why"), [(one.path, one.why) for one in plan.left]))
    return "\n\n".join(parts)


def applied_text(applied: Applied) -> str:
    """What was made, and what was not."""
    made = {"providers": applied.providers, "routes": applied.routes, "prices": applied.prices}
    lines = [f"Made {what}: {', '.join(names)}." for what, names in made.items() if names]
    lines += [f"Skipped {why}." for why in applied.skipped]
    lines += [f"Disabled {why}." for why in applied.without_key]
    return "\n".join(lines) or "Nothing was made."
