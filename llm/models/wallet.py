"""Tables of wallets: the money of vendors' accounts, and the ledger of what is known of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.core.forecast.ledger import EntryKind
from llm.ids import uuid7

ENTRY_KINDS = [(str(kind), str(kind)) for kind in EntryKind]


class Wallet(models.Model):
    """The money of one vendor account, which one or more providers spend. `Provider.account` names it.

    `spenders` are the names of providers that have spent it: a deleted one's costs still count. The `asked` and `told`
    fields hold what the vendor's balance endpoint last said; `told_amount` in another currency than USD enters no sum.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.SlugField(_("account"), max_length=64, unique=True)
    spenders = models.JSONField(default=list, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    told_amount = models.DecimalField(max_digits=20, decimal_places=9, null=True, editable=False)
    told_currency = models.CharField(max_length=8, blank=True, editable=False)
    ask_fault = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["account"]
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")

    def __str__(self) -> str:
        return self.account


class WalletEntry(models.Model):
    """One line of a wallet's ledger; lines are added, never changed. `kind` is one of `EntryKind`.

    `amount`: USD. `change`: by how much the entry corrected the count, None when nothing was counted before.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.CASCADE, related_name="entries", verbose_name=_("wallet"))
    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("kind"), max_length=16, choices=ENTRY_KINDS)
    amount = models.DecimalField(_("amount, USD"), max_digits=20, decimal_places=9, default=0)
    change = models.DecimalField(_("correction, USD"), max_digits=20, decimal_places=9, null=True)
    by = models.CharField(_("by"), max_length=150)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [models.Index(fields=["wallet", "-at"], name="wallet_ledger")]  # a wallet's ledger, newest first

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, {self.amount:.2f} USD"
