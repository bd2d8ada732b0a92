"""The configuration as a request sees it: values read from the database once, shared by all calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from llm.core.addresses.reach import PUBLIC, Reach
from llm.core.budgets.rules import Rules
from llm.core.consumers.rights import KeyRights
from llm.core.cost.own import OwnPrices
from llm.core.routing.plan import Candidate, RoutePolicy
from llm.core.routing.rules import RouteRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """A provider with what its adapter needs. Two equal ones are served by one adapter."""

    candidate: Candidate
    base_url: str
    api_key: str = field(repr=False)
    gemini_sdk: str = "genai"
    wallet: str = ""
    """The vendor account whose money it spends: `Candidate.account` is about keys."""
    reach: Reach = PUBLIC
    vendor: str = ""
    """Its row in the catalogue of vendors; "" leaves it to the address."""

    @property
    def name(self) -> str:
        return self.candidate.name


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A consumer key and its user, as authentication needs them."""

    id: str
    user_id: int
    username: str
    is_staff: bool
    is_active: bool
    name: str
    expires_at: datetime | None
    permissions: frozenset[str] = frozenset()
    """Django's names of what a staff user may; empty for others."""
    consumer: str = ""
    is_enabled: bool = True
    """Whether the consumer is."""
    team: str = ""
    rights: tuple[KeyRights, ...] = ()
    """Bounds of key, consumer and team; those that bound nothing are left out."""
    is_previous: bool = False
    """Whether this digest is that of the secret before the last rotation. `expires_at` is then its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything configurable. `keys` by digest, `texts` by (route, language), `prices` are the operators' own.

    `version` is the row's.
    """

    version: int = -1
    providers: Mapping[str, ProviderConfig] = field(default_factory=dict)
    routes: Mapping[str, RoutePolicy] = field(default_factory=dict)
    keys: Mapping[str, KeyRecord] = field(default_factory=dict, repr=False)
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    prices: OwnPrices = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    """Limits and budgets."""
    route_rules: tuple[RouteRule, ...] = ()
    """Those that are enabled, in the order in which they are looked at."""

    @property
    def candidates(self) -> dict[str, Candidate]:
        """The providers as routing sees them."""
        return {name: provider.candidate for name, provider in self.providers.items()}

    @property
    def default_order(self) -> list[str]:
        """The names of all providers, in the order of the default route. Equal priorities: by name."""
        members = self.routes.get("default", RoutePolicy()).members
        priorities = {member.provider: member.priority for member in members}
        candidates = self.candidates.values()
        return [c.name for c in sorted(candidates, key=lambda c: (priorities.get(c.name, c.priority), c.name))]
