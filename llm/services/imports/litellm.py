"""LiteLLM's `config.yaml` as a plan: https://docs.litellm.ai/docs/proxy/config_settings.

Its `model_list` has deployments under names that callers ask for. A name with several deployments, or with fallbacks,
becomes a route; any other becomes a provider of that name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llm.services.imports.deployment import Deployment, deployment_of
from llm.services.imports.plan import Account, ImportPlan, PlannedMember, PlannedProvider, PlannedRoute
from llm.services.imports.values import items, listed, slug

FALLBACK_STEP = 100
"""Between the priorities of a group and those of its fallbacks."""
STRATEGIES = {
    "simple-shuffle": "weights of members",
    "usage-based-routing": "the strategy `capacity`",
    "usage-based-routing-v2": "the strategy `capacity`",
    "latency-based-routing": "the strategy `latency`",
    "cost-based-routing": "the strategy `cost`",
    "least-busy": "the strategy `capacity`",
}
ALWAYS_SO = {
    "drop_params": "always so: a parameter that a vendor refuses is dropped and named",
    "enable_pre_call_checks": "always so: windows and capabilities are looked at before a call",
    "num_retries": "always so: retries follow the error's class and each vendor's budget",
    "allowed_fails": "always so: circuits open by rate, kind and time",
    "cooldown_time": "always so: circuits open by rate, kind and time",
    "retry_after": "always so: a vendor's Retry-After is kept",
    "set_verbose": "logs are structured, at LOG_LEVEL",
    "json_logs": "logs are structured",
}
WHY = {
    "general_settings": "The gateway's own settings are environment variables: see .env.example.",
    "environment_variables": "Set these in the gateway's environment.",
    "context_window_fallbacks": "A request that is too long goes to the next member with a larger window by itself.",
    "content_policy_fallbacks": "The route's on_refusal decides: stop, or ask the next provider.",
    "success_callback": "Calls are recorded in the database; there are no callbacks.",
    "failure_callback": "Calls are recorded in the database; there are no callbacks.",
    "callbacks": "Calls are recorded in the database; there are no callbacks.",
    "cache": "Answers are not cached.",
    "guardrails": "There are no guardrails here.",
    "mcp_servers": "Tools run at the caller's.",
}
NO_COUNTERPART = "This has no counterpart here."


def read_litellm(config: Mapping[str, Any]) -> ImportPlan:
    """The plan of a whole file."""
    account = Account()
    router, settings = items(config.get("router_settings")), items(config.get("litellm_settings"))
    timeout = _timeout(router, settings, account)
    groups: dict[str, list[Deployment]] = {}
    for place, entry in enumerate(listed(config.get("model_list"))):
        found = deployment_of(items(entry), f"model_list[{place}]", account, timeout_s=timeout)
        if found is not None:
            groups.setdefault(found.group, []).append(found)
    fallbacks = _fallbacks(router, settings, groups, account)
    providers, by_group = _named(groups, fallbacks)
    routes = tuple(_routes(groups, fallbacks, by_group)) + tuple(_aliases(router, by_group, account))
    _rest(config, router, settings, account)
    return ImportPlan(
        format="litellm",
        providers=providers,
        routes=routes,
        mapped=tuple(account.mapped),
        left=tuple(account.left),
    )


def _timeout(router: dict[str, Any], settings: dict[str, Any], account: Account) -> float | None:
    for section, name, given in (
        ("router_settings", "timeout", router.pop("timeout", None)),
        ("litellm_settings", "request_timeout", settings.pop("request_timeout", None)),
    ):
        if isinstance(given, int | float) and not isinstance(given, bool):
            account.map(f"{section}.{name}", "attempt_timeout_s of providers without their own")
            return float(given)
    return None


def _fallbacks(
    router: dict[str, Any], settings: dict[str, Any], groups: Mapping[str, object], account: Account
) -> dict[str, tuple[str, ...]]:
    """Group -> the groups behind it, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for section, given in (("router_settings", router), ("litellm_settings", settings)):
        for place, entry in enumerate(listed(given.pop("fallbacks", None))):
            for group, others in items(entry).items():
                path = f"{section}.fallbacks[{place}].{group}"
                known = tuple(str(other) for other in listed(others) if str(other) in groups)
                if group in groups and known:
                    found[group] = (*found.get(group, ()), *known)
                    account.map(path, f"members of the route {slug(group)} behind its own")
                else:
                    account.leave(path, "It names a model that is not in model_list, or that was left.")
        if default := listed(given.pop("default_fallbacks", None)):
            known = tuple(str(other) for other in default if str(other) in groups)
            for group in groups:
                found[group] = (*found.get(group, ()), *(other for other in known if other != group))
            account.map(f"{section}.default_fallbacks", "members of every route behind its own")
    return found


def _named(
    groups: Mapping[str, list[Deployment]], fallbacks: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[PlannedProvider, ...], dict[str, list[tuple[str, Deployment]]]]:
    """The providers, and by group their names. A route and a provider cannot have one name."""
    providers: list[PlannedProvider] = []
    by_group: dict[str, list[tuple[str, Deployment]]] = {}
    for group, deployments in groups.items():
        is_route = len(deployments) > 1 or bool(fallbacks.get(group))
        for place, deployment in enumerate(deployments, start=1):
            name = f"{slug(group)[:60]}-{place}" if is_route else slug(group)
            providers.append(deployment.provider(name))
            by_group.setdefault(group, []).append((name, deployment))
    return tuple(providers), by_group


def _routes(
    groups: Mapping[str, list[Deployment]],
    fallbacks: Mapping[str, tuple[str, ...]],
    by_group: Mapping[str, list[tuple[str, Deployment]]],
) -> Iterator[PlannedRoute]:
    for group, deployments in groups.items():
        behind = fallbacks.get(group, ())
        if len(deployments) > 1 or behind:
            yield PlannedRoute(name=slug(group), members=_members((group, *behind), by_group))


def _members(
    groups: tuple[str, ...], by_group: Mapping[str, list[tuple[str, Deployment]]]
) -> tuple[PlannedMember, ...]:
    """The deployments of the groups, each group behind the one before it; a provider stands at its first place."""
    members: dict[str, PlannedMember] = {}
    for step, group in enumerate(dict.fromkeys(groups), start=1):
        for name, deployment in by_group[group]:
            priority = FALLBACK_STEP * step + min(deployment.order, FALLBACK_STEP - 1)
            members.setdefault(name, PlannedMember(provider=name, priority=priority, weight=deployment.weight))
    return tuple(members.values())


def _aliases(
    router: dict[str, Any], by_group: Mapping[str, list[tuple[str, Deployment]]], account: Account
) -> Iterator[PlannedRoute]:
    for alias, target in items(router.pop("model_group_alias", None)).items():
        path, group = f"router_settings.model_group_alias.{alias}", str(items(target).get("model", target))
        if group not in by_group or slug(alias) in {slug(known) for known in by_group}:
            account.leave(path, "It names a model that is not in model_list, or its name is taken.")
            continue
        account.map(path, f"the route {slug(alias)} with the same members")
        yield PlannedRoute(name=slug(alias), members=_members((group,), by_group))


def _rest(config: Mapping[str, Any], router: dict[str, Any], settings: dict[str, Any], account: Account) -> None:
    """Accounts for every other field, by its path alone: values may be secrets."""
    strategy = router.pop("routing_strategy", None)
    if strategy == "simple-shuffle":
        account.map("router_settings.routing_strategy", STRATEGIES["simple-shuffle"])
    elif strategy is not None:
        nearest = STRATEGIES.get(str(strategy))
        why = f"Choose {nearest} on the routes." if nearest else NO_COUNTERPART
        account.leave("router_settings.routing_strategy", why)
    for section, given in (("router_settings", router), ("litellm_settings", settings)):
        for name in given:
            if name in ALWAYS_SO:
                account.map(f"{section}.{name}", ALWAYS_SO[name])
            elif name.startswith("redis"):
                account.leave(f"{section}.{name}", "Set REDIS_URL.")
            else:
                account.leave(f"{section}.{name}", WHY.get(name, NO_COUNTERPART))
    for section in config:
        if section in ("model_list", "router_settings", "litellm_settings"):
            continue
        for name in items(config[section]) or {"": None}:
            account.leave(f"{section}.{name}".rstrip("."), WHY.get(section, NO_COUNTERPART))
