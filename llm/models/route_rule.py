"""The table of route rules."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.core.routing import rules
from llm.ids import uuid7
from llm.models.provider import Route
from llm.models.rights import validate_patterns

BOTH_HOURS = _("Give both hours or none.")
SAME_HOURS = _("The hours must differ.")
SIZES = _("The largest size must not be below the smallest.")
OWN_ROUTE = _("Calls that ask this route take it anyway.")


def _patterns(name: Any, help_text: Any = "") -> models.JSONField:
    return models.JSONField(name, default=list, blank=True, validators=[validate_patterns], help_text=help_text)


class RouteRule(models.Model):
    """Which calls take which route. All conditions must hold; the first rule by position decides.

    Names of consumers, teams and tags may hold * and ?.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(_("name"), max_length=64, unique=True)
    position = models.PositiveIntegerField(_("position"), default=100, help_text=_("Lower is looked at first."))
    enabled = models.BooleanField(_("enabled"), default=True)
    route = models.ForeignKey(Route, verbose_name=_("route"), on_delete=models.CASCADE, related_name="rules")
    asked_route = models.SlugField(
        _("asked route"), max_length=64, default="default", help_text=_("Only calls that ask this route are looked at.")
    )
    endpoints = _patterns(
        _("endpoints"), _("chat, messages, suggestions, conversations; for our own code: its origin.")
    )
    consumers = _patterns(_("consumers"))
    teams = _patterns(_("teams"))
    tags = _patterns(_("tags"), _("One of the call's tags must fit."))
    languages = _patterns(_("languages"), _("fr, en"))
    min_tokens = models.PositiveIntegerField(_("smallest size"), null=True, blank=True, help_text=_("Tokens of input."))
    max_tokens = models.PositiveIntegerField(_("largest size"), null=True, blank=True, help_text=_("Tokens of input."))
    tools = models.BooleanField(_("with tools"), null=True, blank=True)
    images = models.BooleanField(_("with images"), null=True, blank=True)
    from_hour = models.PositiveSmallIntegerField(
        _("from hour"), null=True, blank=True, validators=[MaxValueValidator(23)], help_text=_("In LLM_TIME_ZONE.")
    )
    to_hour = models.PositiveSmallIntegerField(
        _("to hour"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(24)],
        help_text=_("Excluded; may be past midnight."),
    )

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("route rule")
        verbose_name_plural = _("route rules")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for conditions that contradict each other."""
        faults: dict[str, object] = {}
        if (self.from_hour is None) != (self.to_hour is None):
            faults["to_hour"] = BOTH_HOURS
        elif self.from_hour is not None and self.from_hour == self.to_hour:
            faults["to_hour"] = SAME_HOURS
        if self.min_tokens is not None and self.max_tokens is not None and self.max_tokens < self.min_tokens:
            faults["max_tokens"] = SIZES
        if self.route_id is not None and self.route.name == self.asked_route:
            faults["route"] = OWN_ROUTE
        if faults:
            raise ValidationError(faults)

    @property
    def rule(self) -> rules.RouteRule:
        return rules.RouteRule(
            name=self.name,
            route=self.route.name,
            asked_route=self.asked_route,
            endpoints=tuple(self.endpoints),
            consumers=tuple(self.consumers),
            teams=tuple(self.teams),
            tags=tuple(self.tags),
            languages=tuple(self.languages),
            min_tokens=self.min_tokens,
            max_tokens=self.max_tokens,
            tools=self.tools,
            images=self.images,
            from_hour=self.from_hour,
            to_hour=self.to_hour,
        )
