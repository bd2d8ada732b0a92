"""Providers as rows: their keys, stored encrypted, and their sync with the environment."""

from dataclasses import dataclass

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction

from llm.conf import key_belongs, owner_of, same_account
from llm.models import Provider, Route
from llm.stores.config.environment import SyncReport, sync_providers
from llm.stores.config.snapshot import provider_key
from llm.stores.secrets import SecretUnreadable, encrypt, rotate

__all__ = [
    "EXISTS",
    "TAKEN",
    "RotationReport",
    "SyncReport",
    "has_key",
    "lacks_its_key",
    "name_fault",
    "name_is_taken",
    "rotate_provider_keys",
    "set_api_key",
    "sync_providers",
]

log = structlog.get_logger(__name__)


def set_api_key(provider: Provider, key: str) -> None:
    """Stores the key encrypted, or removes the stored one when `key` is empty. Saves the row."""
    provider.api_key_encrypted = encrypt(key) if key else ""
    provider.save(update_fields=["api_key_encrypted", "updated_at"])


RESERVED = ("static",)
"""Answers and records name the static tier so."""
TAKEN = "This name is taken by a route or by the static tier."
EXISTS = "provider with this name already exists."


def name_is_taken(name: str) -> bool:
    """Whether a route or the static tier has this name."""
    return name in RESERVED or Route.objects.filter(name=name).exists()


def name_fault(name: str) -> str:
    """Why a new provider cannot have this name; "" when it can."""
    try:
        Provider._meta.get_field("name").run_validators(name)
    except ValidationError as error:
        return " ".join(error.messages)
    if name_is_taken(name):
        return TAKEN
    return EXISTS if Provider.objects.filter(name=name).exists() else ""


def has_key(provider: Provider) -> bool:
    """Whether a key is stored, or set in the environment variable that the provider names."""
    return bool(provider_key(provider))


def lacks_its_key(before: Provider, *, kind: str, base_url: str, api_key_env: str, api_key: str | None) -> bool:
    """Whether a change needs the provider's key again, because a key belongs to its address.

    `before` is the row as it is stored, or a new one. `api_key`: the new key, "" removes the stored one, None keeps it.
    """
    if api_key:
        return False
    if before.api_key_encrypted and api_key is None:
        is_foreign = api_key_env != before.api_key_env and owner_of(api_key_env) not in (None, kind)
        return is_foreign or not same_account((before.kind, before.base_url), (kind, base_url))
    unchanged = (before.kind, before.base_url, before.api_key_env) == (kind, base_url, api_key_env)
    if not api_key_env or (unchanged and not before.api_key_encrypted):
        return False
    return not key_belongs(api_key_env, kind, base_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """Names of providers: whose key the first passphrase encrypts now, and whose key no passphrase decrypts."""

    rotated: tuple[str, ...]
    unreadable: tuple[str, ...]


def rotate_provider_keys() -> RotationReport:
    """Encrypts each stored key again, with the first of LLM_SECRET_KEYS. An unreadable key is reported and kept."""
    rotated: list[str] = []
    unreadable: list[str] = []
    for name in list(Provider.objects.exclude(api_key_encrypted="").values_list("name", flat=True)):
        (rotated if _rotate(name) else unreadable).append(name)
    log.info("provider_keys_rotated", rotated=rotated, unreadable=unreadable)
    return RotationReport(rotated=tuple(rotated), unreadable=tuple(unreadable))


@transaction.atomic
def _rotate(name: str) -> bool:
    """Under the row's lock, so that a key set at the same moment is not overwritten by the old one."""
    provider = Provider.objects.select_for_update().get(name=name)
    try:
        provider.api_key_encrypted = rotate(provider.api_key_encrypted)
    except SecretUnreadable:
        return False
    provider.save(update_fields=["api_key_encrypted", "updated_at"])
    return True
