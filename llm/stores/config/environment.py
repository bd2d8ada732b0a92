"""Creates and updates rows of configuration from the environment and the registered routes."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from llm.conf import EnvironmentProvider, environment_providers
from llm.models import Provider, Route, StaticText
from llm.stores.audit import SYSTEM, acting
from llm.stores.config.routes import registered_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """Names of the providers that a sync created, updated and left unchanged."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


@transaction.atomic
def sync_providers() -> SyncReport:
    """Updates the providers' rows from the environment, except fields that an operator has edited.

    A field follows the environment while it has the value of the last sync. A provider without a key
    is created disabled, and enabled when its key appears.
    """
    with acting(SYSTEM):
        return _sync_all()


def _sync_all() -> SyncReport:
    make_routes_and_texts()
    report: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": []}
    for provider in environment_providers():
        report[_sync_provider(provider)].append(provider.name)
    return SyncReport(**{outcome: tuple(names) for outcome, names in report.items()})


def _sync_provider(provider: EnvironmentProvider) -> str:
    values: dict[str, Any] = {
        "kind": provider.kind,
        "model": provider.model,
        "base_url": provider.base_url,
        "api_key_env": provider.api_key_env,
        "priority": provider.priority,
        "enabled": provider.has_key,
    }
    row = Provider.objects.filter(name=provider.name).first()
    if row is None:
        Provider.objects.create(name=provider.name, synced=values, **values)
        return "created"
    unedited = [field for field in values if getattr(row, field) == row.synced.get(field)]
    changed = [field for field in unedited if getattr(row, field) != values[field]]
    if not changed:
        return "unchanged"
    for field in changed:
        setattr(row, field, values[field])
        row.synced[field] = values[field]
    row.save()
    return "updated"


def make_routes_and_texts() -> None:
    """Creates the missing rows of the registered routes and their static answers. Existing rows stay unchanged."""
    for route in registered_routes():
        fields = {
            "description": route.description,
            "on_refusal": Route.OnRefusal.NEXT if route.next_on_refusal else Route.OnRefusal.STOP,
            "deadline_s": route.deadline_s,
        }
        Route.objects.get_or_create(name=route.name, defaults=fields)
        for language, text in route.texts.items():
            StaticText.objects.get_or_create(route=route.name, language=language, defaults={"text": text})
