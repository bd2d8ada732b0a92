"""The table of what workers have learned of providers' capacity, where there is no Redis."""

from django.db import models


class CapacityShare(models.Model):
    """One worker's share as JSON. `at` is Unix seconds."""

    worker = models.CharField(max_length=36, primary_key=True)
    at = models.FloatField(db_index=True)
    share = models.TextField()

    def __str__(self) -> str:
        return self.worker
