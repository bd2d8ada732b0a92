"""Portkey's gateway config as a plan: https://portkey.ai/docs/product/ai-gateway/configs.

A config is one route. Its targets are providers; a strategy of targets inside a target is flattened where members with
priorities and weights can say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llm.services.imports.plan import Account, ImportPlan, KeySource, PlannedMember, PlannedProvider, PlannedRoute
from llm.services.imports.target import target_of
from llm.services.imports.values import integer, items, key_source, listed, slug, text_of, vendor_of

STEP = 100
"""Between the priorities of two targets of a fallback."""
CONDITIONS = "The gateway has no conditions here: make a route for each, and choose it by name."
NO_COUNTERPART = "This has no counterpart here."
WHY = {
    "retry": "Retries follow the error's class and each vendor's budget.",
    "cache": "Answers are not cached.",
    "on_status_codes": "Every error that another vendor may not have goes on to the next member.",
    "virtual_key": "The key is in Portkey's vault: set it on the provider.",
    "forward_headers": "Providers send no headers but those of the catalogue.",
    "input_guardrails": "There are no guardrails here.",
    "output_guardrails": "There are no guardrails here.",
    "before_request_hooks": "There are no guardrails here.",
    "after_request_hooks": "There are no guardrails here.",
    "openai_organization": "OpenAI's keys belong to their project.",
    "openai_project": "OpenAI's keys belong to their project.",
    "azure_api_version": "Azure's v1 API has no versions.",
    "azure_deployment_id": "The model is the name of the deployment.",
}
DEFAULTS = "Callers send their own parameters; a provider has no defaults but max_tokens."


@dataclass
class _Reading:
    """The plan while it grows."""

    route: str
    account: Account = field(default_factory=Account)
    providers: list[PlannedProvider] = field(default_factory=list)
    members: list[PlannedMember] = field(default_factory=list)


def read_portkey(config: Mapping[str, Any], *, name: str) -> ImportPlan:
    """The plan of one config; `name` is the route's, since a config has none."""
    reading = _Reading(slug(name))
    _group(dict(config), "", reading, priority=STEP, weight=1)
    routes = (PlannedRoute(name=reading.route, members=tuple(reading.members)),) if reading.members else ()
    return ImportPlan(
        format="portkey",
        providers=tuple(reading.providers),
        routes=routes,
        mapped=tuple(reading.account.mapped),
        left=tuple(reading.account.left),
    )


def _group(given: dict[str, Any], path: str, reading: _Reading, *, priority: int, weight: int) -> int:
    """Adds what stands at `path`: one target, or several under a strategy. Returns the last priority that it took."""
    account = reading.account
    targets = listed(given.pop("targets", None))
    if not targets:
        given.pop("strategy", None)
        _target(given, path, reading, priority=priority, weight=weight)
        return priority
    strategy = items(given.pop("strategy", None))
    mode = str(strategy.pop("mode", "single"))
    inherited: dict[str, Any] = {
        name: given.pop(name) for name in ("override_params", "request_timeout") if name in given
    }
    if mode == "conditional":
        account.leave(_at(path, "strategy"), CONDITIONS)
        for place in range(len(targets)):
            account.leave(_at(path, f"targets[{place}]"), CONDITIONS)
        return priority
    account.map(_at(path, "strategy.mode"), "priorities" if mode == "fallback" else "weights")
    for other in strategy:
        account.leave(_at(path, f"strategy.{other}"), WHY.get(other, NO_COUNTERPART))
    _others(given, path, account)
    last = priority
    for place, target in enumerate(targets):
        at = _at(path, f"targets[{place}]")
        entry = {**inherited, **items(target)}
        if (
            mode == "loadbalance"
            and listed(entry.get("targets"))
            and items(entry.get("strategy")).get("mode") == "fallback"
        ):
            account.leave(f"{at}.targets[1:]", "A fallback inside a load balance: only its first target is a member.")
            entry["targets"] = listed(entry["targets"])[:1]
        share = integer(_whole(entry.pop("weight", None))) or 1
        if mode == "loadbalance" and share != 1:
            account.map(f"{at}.weight", f"the member's weight {share}")
        here = last + STEP * (mode == "fallback" and place > 0)
        last = _group(entry, at, reading, priority=here, weight=weight * share if mode == "loadbalance" else weight)
    return last


def _target(given: dict[str, Any], path: str, reading: _Reading, *, priority: int, weight: int) -> None:
    account = reading.account
    vendor, model = _vendor_and_model(given)
    preset = vendor_of(vendor)
    if preset is None:
        account.leave(
            path or "provider",
            f"The catalogue does not know the vendor {vendor!r}." if vendor else "It names no vendor.",
        )
        return
    target, why = target_of(preset, model, given)
    if target is None:
        account.leave(path or "provider", why)
        return
    name = f"{reading.route[:56]}-{len(reading.providers) + 1}"
    account.map(_at(path, "provider"), f"{preset.label}, model {model}")
    for used in ("custom_host", *target.used):
        if given.pop(used, None) is not None:
            account.map(_at(path, used), f"the address {target.base_url}")
    key = key_source(given.pop("api_key", None))
    if key.shown:
        account.map(_at(path, "api_key"), f"the key from {key.shown}")
    params = items(given.pop("override_params", None))
    params.pop("model", None)
    max_tokens = integer(params.pop("max_tokens", None)) or integer(params.pop("max_completion_tokens", None))
    if max_tokens is not None:
        account.map(_at(path, "override_params.max_tokens"), "max_tokens")
    for left in params:
        account.leave(_at(path, f"override_params.{left}"), DEFAULTS)
    timeout_ms = integer(given.pop("request_timeout", None))
    if timeout_ms is not None:
        account.map(_at(path, "request_timeout"), "attempt_timeout_s")
    for done in ("provider", "model", "weight", "name"):
        given.pop(done, None)
    _others(given, path, account)
    reading.providers.append(
        PlannedProvider(
            name=name,
            kind=preset.kind,
            vendor=preset.name,
            model=target.model,
            base_url=target.base_url,
            key=key if key.shown else KeySource(),
            needs_key=preset.needs_key,
            max_tokens=max_tokens,
            attempt_timeout_s=None if timeout_ms is None else min(600.0, max(0.1, timeout_ms / 1000)),
            lacks=preset.lacks,
        )
    )
    reading.members.append(PlannedMember(provider=name, priority=priority, weight=weight))


def _vendor_and_model(given: Mapping[str, Any]) -> tuple[str, str]:
    """`provider` is a vendor, or `@slug` of an integration; `model` may be `@slug/model`."""
    model = text_of(items(given.get("override_params")).get("model")) or text_of(given.get("model"))
    vendor = text_of(given.get("provider")).lstrip("@")
    if model.startswith("@"):
        named, _, model = model[1:].partition("/")
        vendor = vendor or named
    if vendor_of(vendor) is None:  # an integration is often named for its vendor: openai-prod
        vendor = next((part for part in (vendor, vendor.partition("-")[0]) if vendor_of(part) is not None), vendor)
    if not model and vendor == "azure-openai":
        model = text_of(given.get("azure_deployment_id"))
    return vendor, model


def _others(given: Mapping[str, Any], path: str, account: Account) -> None:
    for name in given:
        account.leave(_at(path, name), WHY.get(name, NO_COUNTERPART))


def _whole(weight: object) -> object:
    """A share such as 0.7 as per cent; whole numbers as they are."""
    if isinstance(weight, float) and 0 < weight < 1:
        return max(1, round(100 * weight))
    return weight


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
