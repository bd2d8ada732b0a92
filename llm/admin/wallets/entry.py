"""The screen of the ledgers: what was paid in, declared, told or shown by calls. Read-only: lines are never changed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.admin.base import ReadOnlyAdmin, choice_filter
from llm.core.forecast.ledger import EntryKind
from llm.models import Wallet, WalletEntry
from llm.services.wallets.words import SOURCES


def _accounts() -> list[tuple[str, str]]:
    return [(name, name) for name in Wallet.objects.values_list("account", flat=True)]


def _kinds() -> list[tuple[str, object]]:
    return [(str(kind), SOURCES[kind]) for kind in EntryKind]


@admin.register(WalletEntry)
class WalletEntryAdmin(ReadOnlyAdmin):
    list_display = ("when", "account", "what", "usd", "correction", "by", "note")
    list_filter = (
        choice_filter("wallet__account", _("account"), _accounts, parameter="account"),
        choice_filter("kind", _("kind"), _kinds),
    )
    list_select_related = ("wallet",)
    date_hierarchy = "at"
    fields = ("account", "when", "what", "usd", "correction", "by", "note")
    readonly_fields = fields

    @admin.display(description=_("when"), ordering="at")
    def when(self, obj: WalletEntry) -> str:
        return formatting.exact(obj.at)

    @admin.display(description=_("account"))
    def account(self, obj: WalletEntry) -> str:
        return obj.wallet.account

    @admin.display(description=_("kind"))
    def what(self, obj: WalletEntry) -> str:
        return str(SOURCES[EntryKind(obj.kind)])

    @admin.display(description=_("US dollars"))
    def usd(self, obj: WalletEntry) -> str:
        return formatting.money(obj.amount)

    @admin.display(description=_("correction"))
    def correction(self, obj: WalletEntry) -> str:
        return formatting.money(obj.change)
