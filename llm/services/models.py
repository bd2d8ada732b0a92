"""The values of a request's `model`: a route, a provider's name, or a model that a provider serves."""

from dataclasses import dataclass

from llm.core.calls import CallOptions
from llm.core.consumers.allowed import refused_by_any
from llm.core.consumers.rights import AskedFor, KeyRights
from llm.core.exceptions import UnknownModel
from llm.core.routing.config import Config
from llm.services.access.key_rights import asked_of, check
from llm.stores.config.snapshot import config_store


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """An entry of the models list. `kind` is route, provider or model."""

    id: str
    owned_by: str
    kind: str


async def resolve_model(model: str, rights: tuple[KeyRights, ...] = ()) -> CallOptions:
    """The routing for `model`. Raises UnknownModel, which names what a key with these rights may ask.

    A provider's name, or the id of a model that it serves, makes that provider the primary of the
    default route; the others follow in their order.
    """
    options = _find(await config_store.current(), model) or _find(await config_store.reload(), model)
    if options is None:
        raise UnknownModel(model, [served.id for served in await served_models(rights)])
    return options


def _find(config: Config, model: str) -> CallOptions | None:
    if model in config.routes or model == "default":
        return CallOptions(route=model)
    if model in config.providers:
        return CallOptions(primary=model)
    serving = [c for c in config.candidates.values() if c.model == model and c.enabled]
    if serving:
        return CallOptions(primary=min(serving, key=lambda c: (c.priority, c.name)).name)
    return None


async def served_models(rights: tuple[KeyRights, ...] = ()) -> tuple[ServedModel, ...]:
    """The routes, providers and models that a key with these rights may ask, each id once."""
    config = await config_store.current()
    # The default route needs no row. Providers and models are asked by it.
    routes = [r for r in dict.fromkeys((*config.routes, "default")) if not refused_by_any(rights, AskedFor(route=r))]
    models = [ServedModel(id=name, owned_by="djobea", kind="route") for name in routes]
    asked = [c for c in config.candidates.values() if "default" in routes and not refused_by_any(rights, asked_of(c))]
    enabled = sorted((c for c in asked if c.enabled), key=lambda c: (c.priority, c.name))
    models += [ServedModel(id=c.name, owned_by=c.kind, kind="provider") for c in enabled]
    models += [ServedModel(id=c.model, owned_by=c.name, kind="model") for c in enabled]
    return tuple({model.id: model for model in reversed(models)}.values())[::-1]


async def check_model(model: str, rights: tuple[KeyRights, ...]) -> None:
    """Raises UnknownModel, or NotAllowed when a key with these rights may not ask it."""
    options = await resolve_model(model, rights)
    check(rights, AskedFor(route=options.route))
    if options.primary is not None:
        check(rights, asked_of((await config_store.current()).candidates[options.primary]))
