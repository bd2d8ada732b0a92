"""Makes the providers, routes and prices of a plan. What is there stays as it is."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from llm.conf import key_belongs
from llm.core.chat.request import Capability
from llm.models import ModelPrice, Provider, Route, RouteEntry
from llm.models.validators import validate_key_variable
from llm.services.imports.plan import ImportPlan, PlannedProvider, PlannedRoute
from llm.services.providers import name_fault, set_api_key


@dataclass(slots=True)
class Applied:
    """Names of what was made; `skipped` and `without_key` say why in a sentence each."""

    providers: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    prices: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    without_key: list[str] = field(default_factory=list)


@transaction.atomic
def apply(plan: ImportPlan) -> Applied:
    """Makes all of the plan or nothing. A provider without a key is made disabled."""
    applied = Applied()
    for planned in plan.providers:
        if fault := name_fault(planned.name):
            applied.skipped.append(f"provider {planned.name}: {fault}")
            continue
        _provider(planned, applied)
        _price(planned, applied)
    for route in plan.routes:
        _route(route, applied)
    return applied


def _provider(planned: PlannedProvider, applied: Applied) -> None:
    variable = planned.key.variable
    key = planned.key.literal or os.environ.get(variable, "").strip()
    is_named = bool(variable) and _may_name(variable) and key_belongs(variable, planned.kind, planned.base_url)
    row = Provider(
        name=planned.name,
        kind=planned.kind,
        vendor=planned.vendor,
        model=planned.model,
        base_url=planned.base_url,
        api_key_env=variable if is_named else "",
        supports=[str(capability) for capability in Capability if capability not in planned.lacks],
        context_window=planned.context_window,
        enabled=bool(key) or not planned.needs_key,
    )
    if planned.max_tokens is not None:
        row.max_tokens = planned.max_tokens
    if planned.attempt_timeout_s is not None:
        row.attempt_timeout_s = planned.attempt_timeout_s
    row.full_clean(exclude=["api_key_encrypted", "synced"])
    row.save(force_insert=True)
    if key and not is_named:
        set_api_key(row, key)
    if planned.needs_key and not key:
        hint = f"the variable {variable} is not set" if variable else "the file names none"
        applied.without_key.append(f"{planned.name}: {hint}; store its key and enable it")
    applied.providers.append(planned.name)


def _may_name(variable: str) -> bool:
    """Whether a provider's row may name this variable."""
    try:
        validate_key_variable(variable)
    except ValidationError:
        return False
    return True


def _price(planned: PlannedProvider, applied: Applied) -> None:
    if planned.input_usd is None or planned.output_usd is None:
        return
    ModelPrice.objects.create(
        provider=planned.name,
        model=planned.model,
        valid_from=datetime.now(UTC).date(),
        input=planned.input_usd,
        output=planned.output_usd,
        note="imported",
    )
    applied.prices.append(planned.name)


def _route(planned: PlannedRoute, applied: Applied) -> None:
    if Route.objects.filter(name=planned.name).exists() or Provider.objects.filter(name=planned.name).exists():
        applied.skipped.append(f"route {planned.name}: a route or provider of this name exists")
        return
    route = Route.objects.create(name=planned.name, description="imported")
    rows = {row.name: row for row in Provider.objects.filter(name__in=[one.provider for one in planned.members])}
    for member in planned.members:
        if member.provider in rows:
            RouteEntry.objects.create(
                route=route, provider=rows[member.provider], priority=member.priority, weight=member.weight
            )
    applied.routes.append(planned.name)
