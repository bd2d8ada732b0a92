"""`manage.py llm_healthcheck`: probes the providers, for operators, cron and orchestrators."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.core.management.base import CommandParser

from llm.conf import llm_settings
from llm.core.exceptions import UnknownProvider
from llm.core.routing.standing import PHRASES, Standing
from llm.management.base import Exit, LLMCommand
from llm.management.money import short_money, with_visible_money
from llm.management.operator import NOT_RECORDED, add_record_option, operator
from llm.management.show import UNKNOWN, milliseconds, moment, paragraph, table, yes_or_no
from llm.services.access.rights import OPERATE
from llm.services.probes.run import ProbeResult, probe_sync
from llm.services.probes.schedule import probe_due_sync
from llm.services.status import ProviderStatus, current_status_sync

TITLES = ("provider", "now", "state", "ok", "latency", "detail", "retry at")
PROBE_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a provider stands after the check.

    `ok` is None when it was not probed. `recorded`: its circuit learned of the probe.
    """

    provider: str
    state: str
    standing: Standing
    available: bool
    ok: bool | None
    recorded: bool
    latency_ms: float | None
    detail: str
    retry_at: datetime | None


class Command(LLMCommand):
    help = (
        "Probes each enabled provider with an unbilled request (the list of models). Its circuit learns of a success, "
        "and with --record of a failure. Exit code 0: at least one live provider can answer (calls go there, and the "
        "probe did not fail); 1: none; 2: the check failed."
    )
    need = OPERATE
    examples = (
        "  manage.py llm_healthcheck\n"
        "  manage.py llm_healthcheck --due --record             (from the server's cron: those whose wait is over)\n"
        "  manage.py llm_healthcheck --provider claude --live   (a tiny completion, which is billed)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--provider", metavar="NAME", help="Check this provider only; the exit code is for it alone."
        )
        parser.add_argument("--due", action="store_true", help="Probe only the providers whose wait is over.")
        parser.add_argument(
            "--live",
            action="store_true",
            help="Request a tiny completion, which is billed, in place of the list of models.",
        )
        add_record_option(parser)

    def run(self, options: argparse.Namespace) -> Exit:
        names = chosen(current_status_sync().providers, options.provider)
        results = {result.provider: result for result in probe_all(names, options)}
        after = [provider for provider in current_status_sync().providers if provider.name in names]
        findings = [finding(provider, results.get(provider.name), record=options.record) for provider in after]
        code = Exit.OK if any(item.available and item.ok is not False for item in findings) else Exit.DOWN
        text = table(TITLES, [cells(item) for item in findings], folded=True)
        verdict = "At least one live provider can answer." if code is Exit.OK else "No live provider can answer."
        if code is Exit.DOWN and llm_settings().simulated:
            verdict += " (No vendor key is set: simulated vendors answer only while `make run` or llm_simulator runs.)"
        if not options.record and any(result.failure is not None for result in results.values()):
            verdict += f"\n{NOT_RECORDED}"
        verdict = "\n".join(
            [*map(paragraph, verdict.splitlines()), *short_money(with_visible_money(after, options.acting_user))]
        )
        self.show(options, value={"ok": code is Exit.OK, "providers": findings}, text=f"{text}\n\n{verdict}")
        return code


def chosen(providers: tuple[ProviderStatus, ...], name: str | None) -> list[str]:
    """The names to check: `name`, even when disabled, or all that are enabled. Raises UnknownProvider."""
    if name is None:
        return [provider.name for provider in providers if provider.enabled]
    if name not in (known := [provider.name for provider in providers]):
        raise UnknownProvider(name, known)
    return [name]


def probe_all(names: list[str], options: argparse.Namespace) -> tuple[ProbeResult, ...]:
    """Probes the providers concurrently, so that a silent vendor does not delay the others."""
    by, record, live = operator("llm_healthcheck", user=options.user_name), options.record, options.live
    if options.due:
        due = probe_due_sync(by=by, failures_count=record)
        return tuple(result for result in due if result.provider in names)
    with ThreadPoolExecutor(PROBE_THREADS) as pool:
        return tuple(pool.map(lambda name: probe_sync(name, live=live, by=by, failures_count=record), names))


def finding(provider: ProviderStatus, result: ProbeResult | None, *, record: bool) -> Finding:
    return Finding(
        provider=provider.name,
        state=provider.state,
        standing=provider.standing,
        available=provider.available,
        ok=result.ok if result else None,
        recorded=result is not None and (result.ok or (record and result.failure is not None)),
        latency_ms=result.latency_ms if result else None,
        detail=result.detail if result else provider.detail,
        retry_at=provider.retry_at,
    )


def cells(item: Finding) -> tuple[str, ...]:
    return (
        item.provider,
        PHRASES[item.standing],
        item.state,
        yes_or_no(item.ok),
        milliseconds(item.latency_ms),
        item.detail or UNKNOWN,
        moment(item.retry_at),
    )
