"""`manage.py llm_providers`: lists the providers; `sync` follows the environment, `add` takes one of the catalogue."""

import argparse
from collections.abc import Iterable
from dataclasses import replace

from django.core.management.base import CommandParser

from llm.core.routing.standing import PHRASES
from llm.management.base import Error, Exit, LLMCommand
from llm.management.catalogue import (
    add_arguments,
    chosen,
    key_of,
    models_table,
    presets_table,
    report_text,
    states_table,
    stdin,
    values_of,
)
from llm.management.money import short_money, with_visible_money
from llm.management.operator import operator
from llm.management.show import UNKNOWN, milliseconds, moment, paragraph, percent, table
from llm.models import Provider
from llm.services.access.rights import Need, Right
from llm.services.catalogue.adding import add
from llm.services.catalogue.as_json import preset_json, report_json
from llm.services.catalogue.capabilities.run import test_sync
from llm.services.catalogue.drafts import Draft, draft_like, draft_of, preset
from llm.services.catalogue.lists import model_states
from llm.services.catalogue.models import Offer, offered_sync
from llm.services.providers import sync_providers
from llm.services.status import ProviderStatus, Status, current_status_sync
from llm.vendors.catalogue import PRESETS

TITLES = ("#", "provider", "model", "now", "state", "why", "retry at", "success", "p50, p95")

OFFLINE = (
    "The circuit store does not answer in time, so this process shows its local states; "
    "other workers' changes appear when the store is back."
)


class Command(LLMCommand):
    help = (
        "Lists the providers in the order of the chain: whether each answers now, with its circuit's state and reason, "
        "success rate, latency and last error. "
        "`sync` updates them from the environment and keeps what operators edited. `add PRESET` adds a vendor of the "
        "catalogue: lists its models, tests the chosen one within a cent and a minute, and makes a provider of it. "
        "`catalogue` shows the vendors, `models` what they listed at the last look."
    )
    need = Need(Right.VIEW, Provider)
    examples = (
        "  manage.py llm_providers\n"
        "  manage.py llm_providers --json\n"
        "  manage.py llm_providers sync\n"
        "  manage.py llm_providers catalogue\n"
        "  manage.py llm_providers add mistral\n"
        "  manage.py llm_providers add groq --key-env GROQ_API_KEY --list\n"
        "  manage.py llm_providers add azure --set resource=djobea --model my-deployment < key.txt\n"
        "  manage.py llm_providers add --like mistral --model mistral-large-latest\n"
        "  manage.py llm_providers models mistral"
    )

    def arguments(self, parser: CommandParser) -> None:
        actions = ("list", "sync", "add", "catalogue", "models")
        parser.add_argument("action", nargs="?", choices=actions, default="list", help="Default: list.")
        parser.add_argument("what", nargs="?", metavar="PRESET", help="add: the vendor; models: the account.")
        add_arguments(parser)

    def needed(self, options: argparse.Namespace) -> Need | None:
        rights = {"sync": Right.CHANGE, "add": Right.ADD}
        return Need(rights[options.action], Provider) if options.action in rights else self.need

    def run(self, options: argparse.Namespace) -> Exit:
        if options.action == "add":
            return self.add(options)
        if options.action == "catalogue":
            presets = tuple(PRESETS.values())
            self.show(options, value=[preset_json(row) for row in presets], text=presets_table(presets))
            return Exit.OK
        if options.action == "models":
            states = model_states(options.what or "")
            text = states_table(states) if states else "No list has been read yet: the worker looks every six hours."
            self.show(options, value=states, text=text)
            return Exit.OK
        if options.action == "sync":
            report = sync_providers()
            parts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
            text = "; ".join(f"{change}: {', '.join(names)}" for change, names in parts.items() if names)
            self.show(options, value=report, text=text or "LLM_PRIORITY names no provider.")
            return Exit.OK
        status = current_status_sync()
        status = replace(status, providers=with_visible_money(status.providers, options.acting_user))
        text = table(
            TITLES, [cells(place, provider) for place, provider in enumerate(status.providers, start=1)], folded=True
        )
        if not status.providers:
            text = "No provider is configured. Run: python manage.py llm_providers sync"
        text = "\n".join([text, *last_errors(status.providers)])
        text = f"{text}\n\n{status.status}: {' > '.join(status.chain)}"
        text = "\n".join([text, *short_money(status.providers)])
        if status.offline_since:
            text = f"{paragraph(OFFLINE)}\n\n{text}"
        self.show(options, value=as_value(status), text=text)
        return Exit.OK

    def add(self, options: argparse.Namespace) -> Exit:
        """Adds a vendor of the catalogue, or another model of an account."""
        draft, offer = self.drafted(options)
        if options.only_list:
            text = models_table(offer.models) if offer.has_list else "This vendor lists no models."
            if offer.failure is not None:
                raise Error(f"The models could not be listed: {offer.failure.error_class}, {offer.failure.message}")
            self.show(options, value=offer.models, text=text)
            return Exit.OK
        draft = replace(draft, model=draft.model or chosen(offer, stdin(), self.stdout))
        report = test_sync(draft, by=operator("llm_providers", user=options.user_name))
        value: dict[str, object] = {"report": report_json(report), "provider": None}
        if not report.usable:
            self.show(options, value=value, text=f"{report_text(report)}\n\nIt gave no text, so it was not added.")
            return Exit.DOWN
        row = add(draft, report, name=options.name, priority=options.priority, enabled=not options.disabled)
        value["provider"] = {"name": row.name, "model": row.model, "supports": row.supports, "enabled": row.enabled}
        self.show(options, value=value, text=f"{report_text(report)}\n\nAdded as {row.name}.")
        return Exit.OK

    def drafted(self, options: argparse.Namespace) -> tuple[Draft, Offer]:
        """The draft, and the models to choose from where none is named."""
        if options.like:
            draft = draft_like(options.like, model=options.model)
        elif options.what is None:
            raise Error("add needs a preset; `llm_providers catalogue` shows them.")
        else:
            row = preset(options.what)
            values = values_of(options.set)
            key = key_of(row, options.key_env, stdin())
            draft = draft_of(row.name, api_key=key, values=values, base_url=options.base_url, model=options.model)
        return draft, Offer() if options.model and not options.only_list else offered_sync(draft)


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
    wallet = provider.wallet
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
        f"{milliseconds(provider.latency_ms.p50)}, {milliseconds(provider.latency_ms.p95)}",
    )


def last_errors(providers: Iterable[ProviderStatus]) -> list[str]:
    """A line for each provider that has failed. A column would make the table wider than a terminal."""
    found = [(provider.name, provider.last_error) for provider in providers if provider.last_error]
    return [
        " ".join(("Last error of", f"{name}:", error.error_class, str(error.http_status or ""), moment(error.at)))
        for name, error in found
    ]
