"""Which vendor accounts can be compared with a report, and where it is asked for."""

import os
from dataclasses import dataclass, replace

from llm.adapters.reports import READERS, ReportAccount
from llm.conf import ADMIN_KEY_VARIABLES, key_belongs, llm_settings
from llm.core.routing.config import Config, ProviderConfig
from llm.kinds import KINDS

SIMULATED_ADMIN_KEY = "simulated-admin-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedAccount:
    """A vendor account with the providers that spend its money. `asks` None: no report, for what it `lacks`."""

    name: str
    kind: str
    providers: tuple[str, ...]
    asks: ReportAccount | None = None
    lacks: str = ""


def accounts_of(config: Config) -> tuple[BookedAccount, ...]:
    """The accounts by name, those without a report as well."""
    by_name: dict[str, list[ProviderConfig]] = {}
    for name in config.default_order:
        provider = config.providers[name]
        by_name.setdefault(provider.wallet or provider.name, []).append(provider)
    return tuple(_account(name, providers) for name, providers in sorted(by_name.items()))


def _account(name: str, providers: list[ProviderConfig]) -> BookedAccount:
    first = providers[0]
    kind = first.candidate.kind
    account = BookedAccount(name=name, kind=kind, providers=tuple(provider.name for provider in providers))
    if kind not in READERS:
        return replace(account, lacks="the vendor has no report over HTTP; give --csv")
    variable = ADMIN_KEY_VARIABLES[kind]
    # An admin key opens the whole account: it goes only where the environment's own key of that vendor may go.
    if not key_belongs(f"{KINDS[kind].env}_API_KEY", kind, first.base_url):
        return replace(account, lacks=f"its address is not the one of {variable}")
    key = SIMULATED_ADMIN_KEY if llm_settings().simulated else os.environ.get(variable, "").strip()
    if not key:
        return replace(account, lacks=f"{variable} is not set")
    address = first.base_url or KINDS[kind].address
    return replace(
        account, asks=ReportAccount(name=name, kind=kind, base_url=address, admin_key=key, reach=first.reach)
    )
