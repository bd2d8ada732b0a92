"""Brings rows in line with the environment: the first ones of a fresh database, and later changes."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from llm.conf import EnvironmentProvider, environment_providers
from llm.models import Provider, Route, StaticText
from llm.stores.config.routes import registered_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """Names of the providers that a sync made, changed and left as they were."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


@transaction.atomic
def sync_providers() -> SyncReport:
    """Brings the rows in line with the environment, and leaves alone what an operator has edited.

    A field follows the environment only while it still holds what the last sync wrote there. A
    provider without a key is made switched off, and switched on when its key appears.
    """
    make_routes_and_texts()
    report: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": []}
    for described in environment_providers():
        report[_sync_one(described)].append(described.name)
    return SyncReport(**{outcome: tuple(names) for outcome, names in report.items()})


def _sync_one(described: EnvironmentProvider) -> str:
    wanted: dict[str, Any] = {
        "kind": described.kind,
        "model": described.model,
        "base_url": described.base_url,
        "api_key_env": described.api_key_env,
        "priority": described.priority,
        "enabled": described.has_key,
    }
    row = Provider.objects.filter(name=described.name).first()
    if row is None:
        Provider.objects.create(name=described.name, synced=wanted, **wanted)
        return "created"
    followed = [field for field in wanted if getattr(row, field) == row.synced.get(field)]
    changed = [field for field in followed if getattr(row, field) != wanted[field]]
    if not changed:
        return "unchanged"
    for field in changed:
        setattr(row, field, wanted[field])
        row.synced[field] = wanted[field]
    row.save()
    return "updated"


def make_routes_and_texts() -> None:
    """Makes the missing rows of the registered routes and their static answers. Leaves existing rows as they are."""
    for route in registered_routes():
        fields = {
            "description": route.description,
            "on_refusal": Route.OnRefusal.NEXT if route.next_on_refusal else Route.OnRefusal.STOP,
            "deadline_s": route.deadline_s,
        }
        Route.objects.get_or_create(name=route.name, defaults=fields)
        for language, text in route.texts.items():
            StaticText.objects.get_or_create(route=route.name, language=language, defaults={"text": text})
