"""Encrypting the stored provider keys anew, after LLM_SECRET_KEYS got a new first entry."""

from dataclasses import dataclass

import structlog
from django.db import transaction

from llm.models import Provider
from llm.stores import secrets

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """Names of providers: whose key is under the first passphrase now, and whose none of them reads."""

    rotated: tuple[str, ...]
    unreadable: tuple[str, ...]


def rotate_provider_keys() -> RotationReport:
    """Encrypts every stored key anew; one that cannot be read is reported and left as it is."""
    rotated: list[str] = []
    unreadable: list[str] = []
    for name in list(Provider.objects.exclude(api_key_encrypted="").values_list("name", flat=True)):
        (rotated if _rotate(name) else unreadable).append(name)
    log.info("provider_keys_rotated", rotated=rotated, unreadable=unreadable)
    return RotationReport(rotated=tuple(rotated), unreadable=tuple(unreadable))


@transaction.atomic
def _rotate(name: str) -> bool:
    """Under the row's lock: a key that is set in the same moment must not be overwritten by the old one."""
    provider = Provider.objects.select_for_update().get(name=name)
    try:
        provider.api_key_encrypted = secrets.rotate(provider.api_key_encrypted)
    except secrets.SecretUnreadable:
        return False
    provider.save(update_fields=["api_key_encrypted", "updated_at"])
    return True
