"""The columns that bound what a key, a consumer or a team may do."""

import re
from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models as db
from django.utils.translation import gettext_lazy as _

from llm.core.consumers.rights import Endpoint

MAX_ENTRIES = 50
_PATTERN = re.compile(r"[\w.:/@+*?-]{1,128}\Z")


def validate_patterns(value: Any) -> None:
    """Raises ValidationError unless `value` is a list of names that may hold * and ?."""
    for text in _texts(value):
        if not _PATTERN.match(text):
            raise ValidationError(_("%(text)s is no name or pattern."), params={"text": repr(text[:128])})


def validate_networks(value: Any) -> None:
    """Raises ValidationError unless `value` is a list of addresses and CIDR networks."""
    for text in _texts(value):
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise ValidationError(_("%(text)s is no address or network."), params={"text": repr(text[:64])}) from None


def validate_endpoints(value: Any) -> None:
    """Raises ValidationError unless `value` is a list of endpoints."""
    for text in _texts(value):
        if text not in set(Endpoint):
            raise ValidationError(
                _("%(text)s is none of %(names)s."), params={"text": repr(text[:64]), "names": ", ".join(Endpoint)}
            )


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValidationError(_("Must be a list of texts."))
    if len(value) > MAX_ENTRIES:
        raise ValidationError(_("At most %(count)d entries are allowed."), params={"count": MAX_ENTRIES})
    return value


class Bounded(db.Model):
    """What a key, consumer or team may do. Empty fields bound nothing."""

    routes = db.JSONField(default=list, blank=True, validators=[validate_patterns])
    providers = db.JSONField(default=list, blank=True, validators=[validate_patterns])
    models = db.JSONField(default=list, blank=True, validators=[validate_patterns])
    endpoints = db.JSONField(default=list, blank=True, validators=[validate_endpoints])
    networks = db.JSONField(default=list, blank=True, validators=[validate_networks])
    max_tokens = db.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    streaming = db.BooleanField(default=True)
    not_before = db.DateTimeField(null=True, blank=True)
    not_after = db.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


BOUNDS = (
    "routes", "providers", "models", "endpoints", "networks", "max_tokens", "streaming", "not_before", "not_after",
)  # fmt: skip
"""The fields of `Bounded`. A key has no `not_after`: its end is `expires_at`."""
KEY_BOUNDS = BOUNDS[:-1]
