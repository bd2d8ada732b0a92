"""Tables of the vendors' lists of models."""

from django.db import models


class ModelLook(models.Model):
    """An account's list of models: when a worker last looked at it, and why it could not be read."""

    account = models.SlugField(max_length=64, primary_key=True)
    provider = models.CharField(max_length=64, blank=True, help_text="Through which provider the list was read.")
    looked_at = models.DateTimeField(null=True)
    doubts = models.PositiveIntegerField(default=0, help_text="Looks in a row that found too few models.")
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["account"]

    def __str__(self) -> str:
        return self.account


class ListedModel(models.Model):
    """A model that an account's vendor lists. It serves no call: only providers do."""

    account = models.CharField(max_length=64)
    model = models.CharField(max_length=255)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    missed = models.PositiveIntegerField(default=0, help_text="Looks in a row that did not find it.")
    is_baseline = models.BooleanField(default=False, help_text="Whether it was there at the first look.")

    class Meta:
        ordering = ["account", "model"]
        constraints = [models.UniqueConstraint(fields=["account", "model"], name="one_row_per_listed_model")]

    def __str__(self) -> str:
        return f"{self.account}: {self.model}"
