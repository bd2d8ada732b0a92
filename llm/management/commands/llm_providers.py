"""`manage.py llm_providers`: lists the providers with their status; `sync` updates them from the environment."""

import argparse
from dataclasses import replace

from django.core.management.base import CommandParser

from llm.core.routing.standing import PHRASES
from llm.management.base import Exit, LLMCommand
from llm.management.money import short_money, with_visible_money
from llm.management.show import UNKNOWN, milliseconds, moment, percent, table
from llm.models import Provider
from llm.services.providers import sync_providers
from llm.services.rights import Need, Right
from llm.services.status import ProviderStatus, Status, current_status_sync

TITLES = ("#", "provider", "model", "now", "state", "why", "retry at", "success", "p50", "p95", "last error")

OFFLINE = (
    "The circuit store does not answer in time, so this process shows its local states; "
    "other workers' changes appear when the store is back."
)


class Command(LLMCommand):
    help = (
        "Lists the providers in the order of the chain: whether each answers now, with its circuit's state and reason, "
        "success rate, latency and last error. "
        "`sync` updates them from the environment and keeps what operators edited."
    )
    need = Need(Right.VIEW, Provider)
    examples = "  manage.py llm_providers\n  manage.py llm_providers --json\n  manage.py llm_providers sync"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", "sync"), default="list", help="Default: list.")

    def needed(self, options: argparse.Namespace) -> Need | None:
        return Need(Right.CHANGE, Provider) if options.action == "sync" else self.need

    def run(self, options: argparse.Namespace) -> Exit:
        if options.action == "sync":
            report = sync_providers()
            parts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
            text = "; ".join(f"{change}: {', '.join(names)}" for change, names in parts.items() if names)
            self.show(options, value=report, text=text or "LLM_PRIORITY names no provider.")
            return Exit.OK
        status = current_status_sync()
        status = replace(status, providers=with_visible_money(status.providers, options.acting_user))
        text = table(TITLES, [cells(place, provider) for place, provider in enumerate(status.providers, start=1)])
        if not status.providers:
            text = "No provider is configured. Run: python manage.py llm_providers sync"
        text = f"{text}\n\n{status.status}: {' > '.join(status.chain)}"
        text = "\n".join([text, *short_money(status.providers)])
        if status.offline_since:
            text = f"{OFFLINE}\n\n{text}"
        self.show(options, value=as_value(status), text=text)
        return Exit.OK


def as_value(status: Status) -> dict[str, object]:
    """The status for JSON."""
    return {
        "status": status.status,
        "providers": status.providers,
        "chain": status.chain,
        "alone_since": status.offline_since,
    }


def cells(place: int, provider: ProviderStatus) -> tuple[str, ...]:
    """One provider as a row of the table."""
    last, wallet = provider.last_error, provider.wallet
    shared = wallet is not None and wallet.account != provider.name  # its name alone would say nothing new
    return (
        str(place),
        f"{provider.name} ({wallet.account})" if wallet and shared else provider.name,
        provider.model,
        PHRASES[provider.standing],
        provider.state,
        provider.reason or UNKNOWN,
        moment(provider.retry_at),
        percent(provider.success_rate),
        milliseconds(provider.latency_ms.p50),
        milliseconds(provider.latency_ms.p95),
        f"{last.error_class} {last.http_status or ''} {moment(last.at)}".replace("  ", " ") if last else UNKNOWN,
    )
