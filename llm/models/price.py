"""The table of the operators' own prices."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from llm.ids import uuid7
from llm.kinds import kind_choices

ONE_OF_BOTH = _("Give a provider or a kind, not both.")
ENDS_FIRST = _("Must lie after the first day.")
OVERLAPS = _("Another price of this model is valid on some of these days.")


def _rate(**options: Any) -> models.DecimalField:
    return models.DecimalField(max_digits=14, decimal_places=8, validators=[MinValueValidator(0)], **options)


class ModelPrice(models.Model):
    """What a model costs, where an operator knows better than the price list.

    In US dollars a million tokens, and a thousand searches. It is for one provider, or for all of a kind. Days are in
    UTC; no two prices of one model share a day. `revision` counts the changes: with the id it names what a cost was
    computed from.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.SlugField(max_length=64, blank=True, help_text=_("One provider; empty: all of the kind."))
    kind = models.CharField(max_length=32, blank=True, choices=kind_choices, help_text=_("Empty with a provider."))
    model = models.CharField(max_length=128, help_text=_("The model that is asked, or that answers."))
    valid_from = models.DateField(help_text=_("The first day, in UTC."))
    valid_to = models.DateField(null=True, blank=True, help_text=_("The day after the last one; empty: until further."))
    input = _rate(help_text=_("US dollars a million tokens."))
    output = _rate(help_text=_("US dollars a million tokens, reasoning included."))
    cache_read = _rate(null=True, blank=True, help_text=_("Empty: as input."))
    cache_write_5m = _rate(null=True, blank=True, help_text=_("Empty: as input."))
    cache_write_1h = _rate(null=True, blank=True, help_text=_("Empty: as writes for five minutes."))
    input_audio = _rate(null=True, blank=True, help_text=_("Empty: as input."))
    output_audio = _rate(null=True, blank=True, help_text=_("Empty: as output."))
    input_image = _rate(null=True, blank=True, help_text=_("Empty: as input."))
    output_image = _rate(null=True, blank=True, help_text=_("Empty: as output."))
    web_searches = _rate(null=True, blank=True, help_text=_("US dollars a thousand searches; empty: unknown."))
    note = models.CharField(max_length=200, blank=True, help_text=_("Where the price comes from."))
    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["model", "provider", "kind", "-valid_from"]
        verbose_name = _("own price")
        verbose_name_plural = _("own prices")

    def __str__(self) -> str:
        return f"{self.model} @ {self.provider or self.kind}, {self.valid_from}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self.revision += 1
        super().save(*args, **kwargs)

    @property
    def version(self) -> str:
        """As records of calls name it."""
        return f"operator:{self.pk}.{self.revision}"

    def clean(self) -> None:
        """Raises ValidationError: not exactly one of provider and kind, an end before the beginning, an overlap."""
        if bool(self.provider) == bool(self.kind):
            raise ValidationError({"provider": ONE_OF_BOTH})
        if self.valid_from is None:
            return
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": ENDS_FIRST})
        if self._overlapping().exists():
            raise ValidationError({"valid_from": OVERLAPS})

    def _overlapping(self) -> "QuerySet[ModelPrice]":
        same = ModelPrice.objects.exclude(pk=self.pk).filter(
            provider=self.provider, kind=self.kind, model__iexact=self.model
        )
        begun = same if self.valid_to is None else same.filter(valid_from__lt=self.valid_to)
        return begun.filter(Q(valid_to=None) | Q(valid_to__gt=self.valid_from))
