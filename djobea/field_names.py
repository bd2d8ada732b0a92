"""Makes the names that models give in plain English translatable, those of other packages too.

Migrations are not concerned: in English the names are what they were.
"""

from collections.abc import Collection
from typing import Any

from django.apps import AppConfig
from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


def make_translatable(configs: Collection[AppConfig]) -> None:
    """Replaces names of apps, models and fields, help texts and choices by lazily translated ones."""
    for config in configs:
        config.verbose_name = _lazy(config.verbose_name)
    for model in (model for config in configs for model in config.get_models()):
        options = model._meta
        if not isinstance(options.verbose_name, Promise):  # then the plural is plain too, or made by adding an "s"
            options.verbose_name_plural = gettext_lazy(str(options.verbose_name_plural))
        options.verbose_name = _lazy(options.verbose_name)
        for field in options.local_fields + options.local_many_to_many:
            _translate(field)


def _translate(field: "Field[Any, Any]") -> None:
    field.verbose_name = _lazy(field.verbose_name)
    field.help_text = _lazy(field.help_text)
    if isinstance(field.choices, list):
        field.choices = [(value, _lazy(label)) for value, label in field.choices]


def _lazy(text: Any) -> Any:
    return gettext_lazy(text) if text and isinstance(text, str) and not isinstance(text, Promise) else text
