"""`manage.py llm_healthcheck`: asks the providers whether they are well, for people, cron and orchestrators."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.core.management.base import CommandParser

from llm.conf import llm_settings
from llm.core.exceptions import UnknownProvider
from llm.management.base import Exit, LLMCommand
from llm.management.show import UNKNOWN, milliseconds, moment, table, yes_or_no
from llm.services.probes.run import ProbeResult, probe_sync
from llm.services.probes.schedule import probe_due_sync
from llm.services.status import ProviderStatus, current_status_sync

TITLES = ("provider", "state", "ok", "latency", "detail", "retry at")
AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of a provider after the check; `ok` None when it was not asked."""

    provider: str
    state: str
    available: bool
    ok: bool | None
    latency_ms: float | None
    detail: str
    retry_at: datetime | None


class Command(LLMCommand):
    help = (
        "Asks each enabled provider whether it is well, by a call that is not billed (the list of models), and "
        "updates its circuit. Exit code 0: at least one live provider can answer; 1: none; 2: it could not be checked."
    )
    examples = (
        "  manage.py llm_healthcheck\n"
        "  manage.py llm_healthcheck --due                      (from cron: only those whose cooldown is over)\n"
        "  manage.py llm_healthcheck --provider claude --live   (a tiny completion, which is billed)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", metavar="NAME", help="Only this one; the exit code then speaks of it alone.")
        parser.add_argument("--due", action="store_true", help="Ask only those whose cooldown is over.")
        parser.add_argument(
            "--live", action="store_true", help="Ask for a tiny completion in place of the list of models."
        )

    def run(self, options: argparse.Namespace) -> Exit:
        names = chosen(current_status_sync().providers, options.provider)
        results = {result.provider: result for result in ask(names, due=options.due, live=options.live)}
        after = [provider for provider in current_status_sync().providers if provider.name in names]
        findings = [finding(provider, results.get(provider.name)) for provider in after]
        code = Exit.OK if any(found.available and found.ok is not False for found in findings) else Exit.DOWN
        text = table(TITLES, [cells(found) for found in findings])
        verdict = "At least one live provider can answer." if code is Exit.OK else "No live provider can answer."
        if code is Exit.DOWN and llm_settings().simulated:
            verdict += " (No vendor key is set: simulated vendors answer only while `make run` or llm_simulator runs.)"
        self.show(options, value={"ok": code is Exit.OK, "providers": findings}, text=f"{text}\n\n{verdict}")
        return code


def chosen(providers: tuple[ProviderStatus, ...], name: str | None) -> list[str]:
    """The names to check: the one asked for, even when disabled, or all that are enabled. Raises UnknownProvider."""
    if name is None:
        return [provider.name for provider in providers if provider.enabled]
    if name not in {provider.name for provider in providers}:
        raise UnknownProvider(name)
    return [name]


def ask(names: list[str], *, due: bool, live: bool) -> tuple[ProbeResult, ...]:
    """Probes side by side, so that one silent vendor does not hold up the others."""
    if due:
        return tuple(result for result in probe_due_sync(by="command") if result.provider in names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(lambda name: probe_sync(name, live=live, by="command"), names))


def finding(provider: ProviderStatus, result: ProbeResult | None) -> Finding:
    return Finding(
        provider=provider.name,
        state=provider.state,
        available=provider.available,
        ok=result.ok if result else None,
        latency_ms=result.latency_ms if result else None,
        detail=result.detail if result else provider.detail,
        retry_at=provider.retry_at,
    )


def cells(found: Finding) -> tuple[str, ...]:
    return (
        found.provider,
        found.state,
        yes_or_no(found.ok),
        milliseconds(found.latency_ms),
        found.detail or UNKNOWN,
        moment(found.retry_at),
    )
