"""Providers as rows: their keys, and their agreement with the environment. Synchronous, for threads."""

from llm.models import Provider
from llm.stores.config.environment import SyncReport, sync_providers
from llm.stores.config.snapshot import provider_key
from llm.stores.secrets import encrypt

__all__ = ["SyncReport", "has_key", "set_api_key", "sync_providers"]


def set_api_key(provider: Provider, key: str) -> None:
    """Stores the key encrypted, or removes the stored one when `key` is empty. Saves the row."""
    provider.api_key_encrypted = encrypt(key) if key else ""
    provider.save(update_fields=["api_key_encrypted", "updated_at"])


def has_key(provider: Provider) -> bool:
    """Whether a key is stored or named, without telling it."""
    return bool(provider_key(provider))
