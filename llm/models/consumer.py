"""Tables of teams and consumers, the holders of keys."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.ids import uuid7
from llm.models.rights import Bounded

validate_consumer_name = RegexValidator(r"\A[\w.@+-]{1,150}\Z", _("May hold letters, digits and @ . + - _ only."))
"""What Django allows in a user's name, since a user's first consumer bears it."""


class Team(Bounded):
    """A group of consumers. Its bounds hold for all of their keys."""

    name = models.SlugField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Consumer(Bounded):
    """A person or program that holds keys, each with the rights of `user`. A disabled one's keys are refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=150, unique=True, validators=[validate_consumer_name])
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.RESTRICT, related_name="consumers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="llm_consumers")
    note = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
