"""The table of reconciliations: a day's own costs beside the vendor's report."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.ids import uuid7


class Reconciliation(models.Model):
    """One UTC day of one account. A repetition replaces it.

    `differences`: cause, model, tier, usd, tokens, requests, detail; money as decimal strings. `share`: how much of the
    day's money the two sides do not agree on, from 0; `unexplained_usd` is what no cause explains.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.SlugField(_("account"), max_length=64)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("time"))
    source = models.CharField(max_length=200)
    ours_usd = models.DecimalField(_("ours, USD"), max_digits=20, decimal_places=9)
    theirs_usd = models.DecimalField(_("the vendor's, USD"), max_digits=20, decimal_places=9)
    unexplained_usd = models.DecimalField(_("unexplained, USD"), max_digits=20, decimal_places=9)
    share = models.FloatField(_("share"))
    differences = models.JSONField(_("differences"), default=list)

    class Meta:
        ordering = ["-day", "account"]
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="one_reconciliation_per_account_day")]

    def __str__(self) -> str:
        return f"{self.account}, {self.day}"
