"""The table of spending rules."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.core.usage.spending import Rule, Watch
from llm.ids import uuid7

NEEDS_FACTOR = _("A jump needs a factor above 1.")
NO_FACTOR = _("Only a jump has a factor.")


class SpendingRule(models.Model):
    """Which spending is told by an alert. Days and months are those of LLM_TIME_ZONE."""

    class Watched(models.TextChoices):
        DAY = Watch.DAY.value, _("the day's sum")
        MONTH = Watch.MONTH.value, _("the month's sum")
        JUMP = Watch.JUMP.value, _("an hour beside the week before")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(_("name"), max_length=64, unique=True, help_text=_("As alerts name it: month-of-claude."))
    watch = models.CharField(_("watch"), max_length=8, choices=Watched)
    provider = models.SlugField(_("provider"), max_length=64, blank=True, help_text=_("Empty: all providers."))
    route = models.SlugField(_("route"), max_length=64, blank=True, help_text=_("Empty: all routes."))
    limit_usd = models.DecimalField(
        _("limit, USD"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text=_("The sum that is told. For a jump: the least that the hour must have cost."),
    )
    factor = models.DecimalField(
        _("factor"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("For a jump: how many times the same hour of the week before."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("spending rule")
        verbose_name_plural = _("spending rules")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError when a jump has no factor, or a sum has one."""
        is_jump = self.watch == Watch.JUMP
        if is_jump and (self.factor is None or self.factor <= 1):
            raise ValidationError({"factor": NEEDS_FACTOR})
        if not is_jump and self.factor is not None:
            raise ValidationError({"factor": NO_FACTOR})

    @property
    def rule(self) -> Rule:
        return Rule(
            name=self.name,
            watch=Watch(self.watch),
            limit_usd=self.limit_usd,
            factor=self.factor,
            provider=self.provider,
            route=self.route,
        )
