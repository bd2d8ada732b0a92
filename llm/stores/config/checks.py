"""The system check of stored vendor keys, for `manage.py check --database default` and `migrate`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connection

from llm.models import Provider
from llm.stores.secrets import SecretUnreadable, decrypt
from llm.stores.unavailable import UNAVAILABLE


@register(Tags.database)
def check_stored_keys(app_configs: Any, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Names providers whose stored key no configured key decrypts (llm.W003). llm.W004: the database does not answer.

    Warnings: the other providers answer, so no migration is to wait for it.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        if Provider._meta.db_table not in connection.introspection.table_names():
            return []  # not migrated yet
        stored = list(Provider.objects.exclude(api_key_encrypted="").values_list("name", "api_key_encrypted"))
    except UNAVAILABLE as error:
        return [Warning(f"The stored vendor keys were not checked: {type(error).__name__}.", id="llm.W004")]
    return [
        Warning(
            f"The stored key of the provider {name} cannot be read with the configured LLM_SECRET_KEYS.",
            hint="Add the passphrase that it was stored with to LLM_SECRET_KEYS, or store the vendor's key again.",
            id="llm.W003",
        )
        for name, token in stored
        if not _readable(token)
    ]


def _readable(token: str) -> bool:
    try:
        decrypt(token)
    except SecretUnreadable:
        return False
    return True
