"""The vendors' lists of models, looked at every six hours, one account at a time, whatever the number of workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import Count, Q

from llm.core.catalogue.lists import EVERY, GONE_AFTER, ListedModel, Look, ModelList, after_look
from llm.core.circuit.state import Circuit
from llm.core.exceptions import LLMError
from llm.core.failures.policy import ProviderError
from llm.core.routing.config import Config, ProviderConfig
from llm.core.routing.standing import standing_of
from llm.models import ListedModel as Row
from llm.models import ModelLook
from llm.services import portal
from llm.services.catalogue.models import listed
from llm.services.runtime import clock
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store
from llm.vendors.catalogue import quirks_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """A model of an account's list. `served_by`: the providers that ask it, none while it is switched off."""

    account: str
    model: str
    first_seen: datetime
    last_seen: datetime
    is_new: bool
    is_gone: bool
    served_by: tuple[str, ...]
    routes: tuple[str, ...]


class ListedCounts(NamedTuple):
    """How many models an account's list has, and how many of them arrived after the first look and serve no call."""

    models: int
    new: int


def look_at_lists() -> int:
    """Looks at the lists that are due; returns how many accounts were asked."""
    config = config_store.current_sync()
    due = [(account, provider) for account, provider in _listing(config) if _take(account, provider)]
    for account, provider in due:
        _look(account, provider)
    return len(due)


def _listing(config: Config) -> Iterable[tuple[str, ProviderConfig]]:
    """Each account that lists models, with the provider through which it is asked: the first that takes calls.

    A vendor that is out is left to its probes.
    """
    circuits = portal.run(circuit_store.read)
    found: dict[str, ProviderConfig] = {}
    for name in config.default_order:
        provider = config.providers[name]
        kind, has_list = provider.candidate.kind, True
        if kind == "openai":
            has_list = quirks_of(provider.vendor, provider.base_url).models is not None
        in_service = standing_of(provider.candidate, circuits.get(name, Circuit()), clock.now()).available
        if in_service and has_list:
            found.setdefault(provider.wallet, provider)
    return found.items()


def _take(account: str, provider: ProviderConfig) -> bool:
    """Whether this worker is to look now; the others then wait for the next time."""
    now = clock.now()
    ModelLook.objects.get_or_create(account=account)
    waiting = Q(looked_at=None) | Q(looked_at__lte=now - EVERY)
    return bool(ModelLook.objects.filter(waiting, account=account).update(looked_at=now, provider=provider.name))


def _look(account: str, provider: ProviderConfig) -> None:
    try:
        seen = portal.run(lambda: listed(provider))
    except ProviderError as error:
        fault = f"{error.failure.error_class}: {error.failure.message}"[:200]
    except (LLMError, TimeoutError) as error:
        fault = type(error).__name__
    else:
        look = _keep(account, seen, clock.now())
        if look.doubted:
            log.warning("model_list_doubted", account=account, models=len(seen))
        if look.arrived or look.vanished or look.returned:
            log.info(
                "model_list_changed",
                account=account,
                arrived=look.arrived,
                vanished=look.vanished,
                returned=look.returned,
            )
        return
    ModelLook.objects.filter(account=account).update(fault=fault)
    log.warning("model_list_not_read", account=account, fault=fault)


@transaction.atomic
def _keep(account: str, seen: Iterable[str], now: datetime) -> Look:
    state = ModelLook.objects.select_for_update().get(account=account)
    rows = {row.model: row for row in Row.objects.filter(account=account)}
    before = ModelList(
        models={
            model: ListedModel(
                model=model,
                first_seen=row.first_seen,
                last_seen=row.last_seen,
                missed=row.missed,
                is_baseline=row.is_baseline,
            )
            for model, row in rows.items()
        },
        doubts=state.doubts,
    )
    look = after_look(before, (model[:255] for model in seen), now)
    new: list[Row] = []
    changed: list[Row] = []
    for model, entry in look.after.models.items():
        row = rows.get(model) or Row(account=account, model=model)
        row.first_seen, row.last_seen = entry.first_seen, entry.last_seen
        row.missed, row.is_baseline = entry.missed, entry.is_baseline
        (changed if model in rows else new).append(row)
    Row.objects.bulk_create(new)
    Row.objects.bulk_update(changed, ["last_seen", "missed"])
    state.doubts, state.fault = look.after.doubts, ""
    state.save(update_fields=["doubts", "fault"])
    return look


def model_states(account: str = "") -> tuple[ModelState, ...]:
    """The models of one account's list, or of all, by account and model; each with who serves it. Queries the database.

    A new model serves no call until an operator adds a provider of it: `llm_providers add --like`.
    """
    config = config_store.current_sync()
    rows = Row.objects.filter(account=account) if account else Row.objects.all()
    return tuple(_state(row, config) for row in rows)


def listed_counts() -> dict[str, ListedCounts]:
    """The counts by account, of the lists that were read. One query."""
    config = config_store.current_sync()
    served = Q()
    for provider in config.providers.values():
        served |= Q(account=provider.wallet, model=provider.candidate.model)
    new = Q(is_baseline=False) & ~served if served else Q(is_baseline=False)
    rows = Row.objects.filter(missed__lt=GONE_AFTER).values("account").order_by("account")
    counted = rows.annotate(models=Count("pk"), new=Count("pk", filter=new))
    return {row["account"]: ListedCounts(row["models"], row["new"]) for row in counted}


def _state(row: Row, config: Config) -> ModelState:
    serving = tuple(
        name
        for name in config.default_order
        if (provider := config.providers[name]).wallet == row.account and provider.candidate.model == row.model
    )
    return ModelState(
        account=row.account,
        model=row.model,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        is_new=not row.is_baseline and not serving,
        is_gone=row.missed >= GONE_AFTER,
        served_by=serving,
        routes=tuple(dict.fromkeys(route for name in serving for route in routes_of(config, name))),
    )


def routes_of(config: Config, provider: str) -> tuple[str, ...]:
    """The routes that may ask this provider: those that name it, and those without members."""
    return tuple(
        name
        for name, route in config.routes.items()
        if not route.members or any(member.provider == provider for member in route.members)
    )


def gone_and_serving() -> tuple[ModelState, ...]:
    """Models that their vendors list no more, and that enabled providers still ask. Queries the database."""
    config = config_store.current_sync()
    states = (_state(row, config) for row in Row.objects.filter(missed__gte=GONE_AFTER))
    return tuple(state for state in states if any(config.providers[name].candidate.enabled for name in state.served_by))
