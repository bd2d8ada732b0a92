"""One entry of LiteLLM's `model_list`: a vendor, a model, an address, a key, and what stands beside them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from llm.core.chat.request import Capability
from llm.services.imports.plan import Account, KeySource, PlannedProvider
from llm.services.imports.target import Target, target_of
from llm.services.imports.values import (
    integer,
    items,
    key_source,
    per_mtok,
    seconds,
    text_of,
    vendor_of,
    vendor_of_model,
)
from llm.vendors.preset import Preset

CHAT = ("chat", "completion", "responses")
LACKS = {
    "supports_vision": Capability.IMAGES,
    "supports_function_calling": Capability.TOOLS,
    "supports_response_schema": Capability.JSON_SCHEMA,
    "supports_pdf_input": Capability.DOCUMENTS,
}
LIMITS = "Limits of a vendor are learned from its answers; limits of consumers are rows of their own."
DEFAULTS = "Callers send their own parameters; a provider has no defaults but max_tokens."
WHY = {
    "rpm": LIMITS,
    "tpm": LIMITS,
    "max_parallel_requests": LIMITS,
    "temperature": DEFAULTS,
    "top_p": DEFAULTS,
    "seed": DEFAULTS,
    "extra_headers": "Providers send no headers but those of the catalogue.",
    "organization": "OpenAI's keys belong to their project.",
    "max_retries": "Retries follow the error's class and each vendor's budget.",
    "num_retries": "Retries follow the error's class and each vendor's budget.",
    "tags": "Routes are chosen by name; tags are the caller's.",
    "stream_timeout": "The first token has a limit of its own, by what the vendor usually takes.",
    "vertex_credentials": "Give an access token as the key.",
    "aws_access_key_id": "Give an Amazon Bedrock API key.",
    "aws_secret_access_key": "Give an Amazon Bedrock API key.",
}
NO_COUNTERPART = "This has no counterpart here."

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment of a group. `order`: LiteLLM's, lower first."""

    group: str
    target: Target
    key: KeySource
    weight: int = 1
    order: int = 0
    max_tokens: int | None = None
    timeout_s: float | None = None
    context_window: int | None = None
    lacks: frozenset[Capability] = field(default_factory=frozenset)
    input_usd: Decimal | None = None
    output_usd: Decimal | None = None

    def provider(self, name: str) -> PlannedProvider:
        """The provider that it becomes."""
        preset = self.target.preset
        return PlannedProvider(
            name=name,
            kind=preset.kind,
            vendor=preset.name,
            model=self.target.model,
            base_url=self.target.base_url,
            key=self.key,
            needs_key=preset.needs_key,
            max_tokens=self.max_tokens,
            attempt_timeout_s=self.timeout_s,
            context_window=self.context_window,
            lacks=self.lacks | preset.lacks,
            input_usd=self.input_usd,
            output_usd=self.output_usd,
        )


def deployment_of(entry: dict[str, Any], path: str, account: Account, *, timeout_s: float | None) -> Deployment | None:
    """The deployment; None, and all of it left, when it cannot be one here."""
    params, info = items(entry.get("litellm_params")), items(entry.get("model_info"))
    at, group = f"{path}.litellm_params", str(entry.get("model_name", "")).strip()
    target, why = _target(group, params, info)
    if target is None:
        account.leave(path, why)
        return None
    account.map(f"{path}.model_name", f"the name {group}")
    account.map(f"{at}.model", f"{target.preset.label}, model {target.model}")
    for name in ("api_base", "base_url", "api_version", "custom_llm_provider", *target.used):
        if params.pop(name, None) is not None:
            account.map(f"{at}.{name}", f"the address {target.base_url or target.preset.address}")
    key = key_source(params.pop("api_key", None))
    if key.shown:
        account.map(f"{at}.api_key", f"the key from {key.shown}")
    params.pop("model", None)
    taken = _Taken(account)
    deployment = Deployment(
        group=group,
        target=target,
        key=key,
        weight=taken.of(params, at, "weight", integer, "the member's weight") or 1,
        order=taken.of(params, at, "order", integer, "the member's priority") or 0,
        max_tokens=taken.of(params, at, "max_tokens", integer, "max_tokens"),
        timeout_s=taken.of(params, at, "timeout", seconds, "attempt_timeout_s") or timeout_s,
        context_window=taken.of(info, f"{path}.model_info", "max_input_tokens", integer, "context_window"),
        lacks=_lacks(info, f"{path}.model_info", account),
        input_usd=taken.price(params, info, path, "input_cost_per_token"),
        output_usd=taken.price(params, info, path, "output_cost_per_token"),
    )
    for where, given in ((at, params), (f"{path}.model_info", info)):
        for name in given:
            if where.endswith("model_info") and name in ("id", "mode", "base_model", "description"):
                account.map(f"{where}.{name}", "not needed")
            else:
                account.leave(f"{where}.{name}", WHY.get(name, NO_COUNTERPART))
    return deployment


def _target(group: str, params: dict[str, Any], info: dict[str, Any]) -> tuple[Target | None, str]:
    """The target, or why there is none."""
    if not group or "*" in group:
        return None, "Wildcards have no counterpart: a provider asks one model."
    if (mode := str(info.get("mode") or "chat")) not in CHAT:
        return None, f"The gateway serves chat; this is {mode}."
    written = text_of(params.get("model"))
    prefix, slash, model = written.partition("/")
    custom = text_of(params.get("custom_llm_provider"))
    preset: Preset | None = vendor_of(custom) if custom else vendor_of(prefix) if slash else vendor_of_model(written)
    if preset is None:
        return None, f"The catalogue does not know the vendor of {written!r}."
    named = model if slash and not custom and vendor_of(prefix) is not None else written
    return target_of(preset, named, params)


def _lacks(info: dict[str, Any], path: str, account: Account) -> frozenset[Capability]:
    lacks = set()
    for name, capability in LACKS.items():
        given = info.pop(name, None)
        if given is not None:
            account.map(f"{path}.{name}", f"the capability {capability}")
        if given is False:
            lacks.add(capability)
    return frozenset(lacks)


@dataclass(frozen=True, slots=True)
class _Taken:
    """Takes single fields out of an entry, and accounts for them."""

    account: Account

    def of(
        self, given: dict[str, Any], path: str, name: str, read: Callable[[object], Value | None], to: str
    ) -> Value | None:
        """The field's value; None when it is absent, or, as is accounted for, not of the right form."""
        if name not in given:
            return None
        value = read(given.pop(name))
        if value is None:
            self.account.leave(f"{path}.{name}", "Its value is not one that a provider takes.")
        else:
            self.account.map(f"{path}.{name}", to)
        return value

    def price(self, params: dict[str, Any], info: dict[str, Any], path: str, name: str) -> Decimal | None:
        """A price, which may stand in either half of an entry."""
        to = "an own price"
        from_info = self.of(info, f"{path}.model_info", name, per_mtok, to)
        from_params = self.of(params, f"{path}.litellm_params", name, per_mtok, to)
        return from_info if from_params is None else from_params
