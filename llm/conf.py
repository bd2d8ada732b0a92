"""`settings.LLM` as a typed value, secrets by name, and the providers of the environment."""

import difflib
import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from llm.core.addresses.judge import host_of
from llm.core.addresses.reach import NO_PRIVATE_HOSTS, TRUSTED, PrivateHosts, Reach, read_private_hosts
from llm.kinds import KINDS

KEY_VARIABLES = {
    "claude": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "openai": ("OPENAI_API_KEY",),
}
"""Kind -> the variables for its key. The first one that is set counts."""

ADMIN_KEY_VARIABLES = {"claude": "ANTHROPIC_ADMIN_KEY", "openai": "OPENAI_ADMIN_KEY"}
"""Kind -> the variable of the admin key, for the vendor's reports, which ordinary keys may not read."""

MAX_SHOWN = 12
"""A longer value is not repeated in an error. It may be a key in the wrong line."""


def shown(value: str) -> str:
    """A wrong value in an error's words."""
    return repr(value) if len(value) <= MAX_SHOWN else f"a text of {len(value)} characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMSettings:
    """The gateway's settings. Units: seconds for `_s`, days for `_days`."""

    priority: tuple[str, ...] = ("claude", "gemini", "openai")
    deadline_s: float = 60.0
    drain_s: float = 30.0
    secret_keys: tuple[str, ...] = ()
    simulator: str = "auto"
    simulator_port: int = 8099
    gemini_sdk: str = "genai"
    transport: str = "lean"
    keep_content: bool = False
    retention_days: int = 90
    time_zone: str = "UTC"
    journal_dir: Path = Path("var/journal")
    auto_sync: bool = True
    test_rate: str = "10/min"
    probe_budget_usd: float = 1.0
    store_patience_s: float = 0.04
    allow_private_hosts: PrivateHosts = NO_PRIVATE_HOSTS
    otlp_endpoint: str = ""
    otel_service_name: str = "djobea"
    semconv_opt_in: str = ""
    span_content: bool = False
    public_url: str = ""

    def __post_init__(self) -> None:
        if self.simulator not in ("auto", "on", "off"):
            raise ImproperlyConfigured(f"LLM_SIMULATOR must be auto, on or off, not {shown(self.simulator)}.")
        if self.gemini_sdk not in ("genai", "generativeai"):
            raise ImproperlyConfigured(f"GEMINI_SDK must be genai or generativeai, not {shown(self.gemini_sdk)}.")
        if self.transport not in ("lean", "sdk"):
            raise ImproperlyConfigured(f"LLM_TRANSPORT must be lean or sdk, not {shown(self.transport)}.")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ImproperlyConfigured(
                f"LLM_TIME_ZONE must be a time zone such as Europe/Paris, not {shown(self.time_zone)}."
            ) from None
        if self.public_url and not self.public_url.startswith(("https://", "http://")):
            raise ImproperlyConfigured(
                "LLM_PUBLIC_URL must be an http or https address such as https://llm.example.com."
            )
        if unknown := [name for name in self.priority if name not in KINDS]:
            near = difflib.get_close_matches(unknown[0].lower(), KINDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ImproperlyConfigured(f"LLM_PRIORITY names {shown(unknown[0])}; known are {', '.join(KINDS)}.{hint}")

    @property
    def simulated(self) -> bool:
        """Whether the bundled simulator replaces the vendors."""
        if self.simulator == "auto":
            return not any(os.environ.get(name) for names in KEY_VARIABLES.values() for name in names)
        return self.simulator == "on"


@cache
def llm_settings() -> LLMSettings:
    """The settings, read once. Raises ImproperlyConfigured for an unknown key or an invalid value."""
    values: dict[str, object] = {key.lower(): value for key, value in getattr(settings, "LLM", {}).items()}
    if unknown := sorted(set(values) - {field.name for field in fields(LLMSettings)}):
        raise ImproperlyConfigured(f"settings.LLM has unknown keys: {', '.join(unknown).upper()}.")
    for name in ("priority", "secret_keys"):
        if name in values:
            values[name] = tuple(values[name])  # type: ignore[arg-type]  # a list of str in settings
    if "allow_private_hosts" in values:
        try:
            values["allow_private_hosts"] = read_private_hosts(values["allow_private_hosts"])  # type: ignore[arg-type]
        except ValueError as error:
            raise ImproperlyConfigured(
                f"LLM_ALLOW_PRIVATE_HOSTS has {shown(str(error))}, which is no host name, suffix or network."
            ) from None
    if "journal_dir" in values:
        values["journal_dir"] = Path(str(values["journal_dir"]))
    return LLMSettings(**values)  # type: ignore[arg-type]  # checked by __post_init__ and the tests


def _clear_cache(*, setting: str, **_: object) -> None:
    if setting == "LLM":
        llm_settings.cache_clear()


setting_changed.connect(_clear_cache)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentProvider:
    """A provider that the environment configures."""

    name: str
    kind: str
    model: str
    base_url: str
    api_key_env: str
    priority: int

    @property
    def has_key(self) -> bool:
        return bool(secret(self.api_key_env))


SIMULATED_KEY = "simulated-key"


def secret(name: str) -> str:
    """The value of the environment variable `name`; "" when it is unset.

    Bypasses django-environ, which would expand a key that begins with "$".
    """
    is_vendor_key = any(name in names for names in KEY_VARIABLES.values())
    if is_vendor_key and llm_settings().simulated:
        return SIMULATED_KEY
    return os.environ.get(name, "").strip()


def environment_providers() -> tuple[EnvironmentProvider, ...]:
    """The providers that LLM_PRIORITY lists, in that order, with their values from the environment."""
    conf = llm_settings()
    return tuple(_environment_provider(name, 10 * place, conf) for place, name in enumerate(conf.priority, start=1))


def _environment_provider(name: str, priority: int, conf: LLMSettings) -> EnvironmentProvider:
    kind = KINDS[name]
    candidates = KEY_VARIABLES[name]
    key_env = next((variable for variable in candidates if os.environ.get(variable)), candidates[0])
    base_url = os.environ.get(f"{kind.env}_BASE_URL", "").strip()
    if conf.simulated:
        base_url = simulator_url(name, conf.simulator_port)
    return EnvironmentProvider(
        name=name,
        kind=name,
        model=os.environ.get(f"{kind.env}_MODEL", "").strip() or kind.default_model,
        base_url=base_url,
        api_key_env=key_env,
        priority=priority,
    )


def simulator_url(kind: str, port: int) -> str:
    """The base URL of the bundled simulator for the vendor `kind`."""
    suffix = "/v1" if kind == "openai" else ""
    return f"http://127.0.0.1:{port}/{kind}{suffix}"


def asked_url(kind: str, base_url: str) -> str:
    """The address for the adapter of a provider of this kind: "" for the vendor's own.

    The simulator's for a provider without one while vendors are simulated: a made-up key is not sent to a real vendor.
    """
    conf = llm_settings()
    return simulator_url(kind, conf.simulator_port) if conf.simulated and not base_url else base_url


def reach_of(base_url: str) -> Reach:
    """How far connections of a provider with this address may reach.

    Anywhere for the vendors' own addresses, for those of the environment and for the simulator in use.
    """
    conf = llm_settings()
    if not base_url or base_url.rstrip("/") in map(_environment_address, KINDS):
        return TRUSTED
    if conf.simulated and base_url.startswith(f"http://127.0.0.1:{conf.simulator_port}/"):
        return TRUSTED
    return conf.allow_private_hosts.reach(host_of(base_url) or "")


def key_belongs(variable: str, kind: str, base_url: str) -> bool:
    """Whether the environment gives the key in `variable` to a provider of this kind at this address.

    A vendor's variable (`OPENAI_API_KEY`, `OPENAI_API_KEY_2`) belongs to the vendor's own address and to the one that
    the environment names (`OPENAI_BASE_URL`). The key of any other vendor (`MISTRAL_API_KEY`) belongs only to the
    address beside it in the environment (`MISTRAL_BASE_URL`).
    """
    owner, asked = owner_of(variable), _asked(kind, base_url)
    if owner is not None:
        return owner == kind and asked in (_asked(owner, ""), _environment_address(owner))
    named = os.environ.get(f"{variable.partition('_API_KEY')[0]}_BASE_URL", "").strip().rstrip("/")
    return bool(named) and asked == named


def owner_of(variable: str) -> str | None:
    """The kind whose key the variable holds, also that of another account (`OPENAI_API_KEY_2`); None for none."""
    plain = f"{variable.partition('_API_KEY')[0]}_API_KEY"
    return next((kind for kind, names in KEY_VARIABLES.items() if plain in names), None)


def same_account(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether two pairs of kind and address ask the same vendor's server."""
    return before[0] == after[0] and _asked(*before) == _asked(*after)


def _environment_address(kind: str) -> str:
    """The kind's address in the environment, without a slash at its end; "" without one."""
    return _environment_provider(kind, 0, llm_settings()).base_url.rstrip("/")


def _asked(kind: str, base_url: str) -> str:
    """The address that a provider of this kind asks; "" for an unknown kind without one."""
    own = KINDS[kind].address if kind in KINDS else ""
    return (base_url or own).rstrip("/")
