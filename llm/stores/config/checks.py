"""The system checks of stored providers, for `manage.py check --database default` and `migrate`.

Warnings: the other providers answer, so no migration is to wait for one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connection

from llm.conf import key_belongs, reach_of
from llm.core.addresses.judge import address_fault
from llm.models import Provider
from llm.stores.secrets import SecretUnreadable, decrypt
from llm.stores.unavailable import UNAVAILABLE


@register(Tags.database)
def check_stored_providers(app_configs: Any, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Names providers whose stored key no configured key decrypts (llm.W003), whose address is refused (llm.W005), and
    whose key's variable belongs to another address (llm.W006). llm.W004: the database does not answer.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        if Provider._meta.db_table not in connection.introspection.table_names():
            return []  # not migrated yet
        fields = ("name", "kind", "base_url", "api_key_env", "api_key_encrypted")  # a migration may add others
        providers = list(Provider.objects.only(*fields))
    except UNAVAILABLE as error:
        return [Warning(f"The stored vendor keys were not checked: {type(error).__name__}.", id="llm.W004")]
    return [*_unreadable_keys(providers), *_refused_addresses(providers), *_withheld_keys(providers)]


def _unreadable_keys(providers: Iterable[Provider]) -> list[CheckMessage]:
    return [
        Warning(
            f"The stored key of the provider {row.name} cannot be read with the configured LLM_SECRET_KEYS.",
            hint="Add the passphrase that it was stored with to LLM_SECRET_KEYS, or store the vendor's key again.",
            id="llm.W003",
        )
        for row in providers
        if row.api_key_encrypted and not _readable(row.api_key_encrypted)
    ]


def _refused_addresses(providers: Iterable[Provider]) -> list[CheckMessage]:
    return [
        Warning(
            f"The address of the provider {row.name} is malformed or not public, so it gets no requests.",
            hint="Correct it, or name its host or network in LLM_ALLOW_PRIVATE_HOSTS.",
            id="llm.W005",
        )
        for row in providers
        if row.base_url and address_fault(row.base_url, reach_of(row.base_url))
    ]


def _withheld_keys(providers: Iterable[Provider]) -> list[CheckMessage]:
    return [
        Warning(
            f"The provider {row.name} gets no key: {row.api_key_env} belongs to another address than the provider's.",
            hint="Store the key with the provider, or set the variable of the key's address, as OPENAI_BASE_URL is.",
            id="llm.W006",
        )
        for row in providers
        if row.api_key_env and not row.api_key_encrypted and not key_belongs(row.api_key_env, row.kind, row.base_url)
    ]


def _readable(token: str) -> bool:
    try:
        decrypt(token)
    except SecretUnreadable:
        return False
    return True
