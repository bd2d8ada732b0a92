"""The screen of the wallets: each vendor account's money, how long it lasts, and a form to record a top-up."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from llm.admin import formatting
from llm.admin.base import RightsAdmin
from llm.admin.providers.page import Table
from llm.admin.wallets.form import MoneyForm, tell
from llm.core.forecast.outlook import Outlook
from llm.models import Wallet, WalletEntry
from llm.services.access.rights import Right, may
from llm.services.wallets.state import WalletState, wallet_states
from llm.services.wallets.words import SHORT_H, SOURCES, hours_in_words, left_in_words, remarks

LAST = 20


class WalletChangeList(ChangeList):
    """Reads all accounts once a page; `form` and `others` stand above the list."""

    form: MoneyForm
    others: list[str]
    """Accounts without a ledger."""
    may_tell: bool

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        states = {state.account: state for state in wallet_states()}
        for wallet in self.result_list:
            wallet.state = states.get(wallet.account)
        self.form = MoneyForm(list(states))
        self.others = [name for name, state in states.items() if state.source is None]
        self.may_tell = may(request.user, Right.ADD, WalletEntry)


@admin.register(Wallet)
class WalletAdmin(RightsAdmin):
    """Wallets are made by the first word on an account's money, and kept as long as its ledger."""

    list_display = ("name", "balance", "lasts", "burn", "spent")
    list_before_template = "admin/llm/wallet/before_list.html"
    change_form_outer_before_template = "admin/llm/wallet/before_form.html"
    change_form_outer_after_template = "admin/llm/wallet/after_form.html"
    fields = ()
    sortable_by = ()
    list_per_page = 200
    actions = None

    @admin.display(description=gettext_lazy("account"))
    def name(self, obj: Wallet) -> SafeString:
        state = _state_of(obj)
        return formatting.two_lines(format_html("<b>{}</b>", obj.account), ", ".join(state.providers) if state else "")

    @admin.display(description=gettext_lazy("balance"))
    def balance(self, obj: Wallet) -> SafeString | str:
        state = _state_of(obj)
        return formatting.UNKNOWN if state is None else formatting.two_lines(balance_of(state), source_of(state))

    @admin.display(description=gettext_lazy("lasts"))
    def lasts(self, obj: Wallet) -> SafeString | str:
        state = _state_of(obj)
        return formatting.UNKNOWN if state is None else formatting.two_lines(lasts_badge(state), interval_of(state))

    @admin.display(description=gettext_lazy("per hour"))
    def burn(self, obj: Wallet) -> str:
        state = _state_of(obj)
        return formatting.money(state.forecast.burn_per_hour if state else None)

    @admin.display(description=gettext_lazy("spent in 24 h, 30 days"))
    def spent(self, obj: Wallet) -> SafeString | str:
        state = _state_of(obj)
        if state is None:
            return formatting.UNKNOWN
        return formatting.two_lines(formatting.money(state.spent_24h_usd), formatting.money(state.spent_30d_usd))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[WalletChangeList]:
        return WalletChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.tell_view)
        return [path("tell/", view, name="llm_wallet_tell"), *super().get_urls()]

    def tell_view(self, request: HttpRequest) -> HttpResponse:
        """Records what the form says, on POST only; redirects to the page it came from."""
        if not may(request.user, Right.ADD, WalletEntry):
            raise PermissionDenied
        if request.method == "POST":
            tell(request, [state.account for state in wallet_states()])
            wallet = Wallet.objects.filter(account=request.POST.get("account", "")).first()
            if request.POST.get("back") == "page" and wallet is not None:
                return HttpResponseRedirect(reverse("admin:llm_wallet_change", args=[wallet.pk]))
        return HttpResponseRedirect(reverse("admin:llm_wallet_changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        wallet = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if isinstance(wallet, Wallet) and self.has_view_permission(request, wallet):
            (state,) = wallet_states(wallet.account)
            extra |= {
                "lasts": lasts_badge(state),
                "facts": facts_of(state),
                "remarks": remarks(state),
                "entries": _entries(wallet) if may(request.user, Right.VIEW, WalletEntry) else None,
                "all_entries": f"{reverse('admin:llm_walletentry_changelist')}?account={wallet.account}",
                "form": MoneyForm([wallet.account]) if may(request.user, Right.ADD, WalletEntry) else None,
            }
        return super().change_view(request, object_id, form_url, extra)


def _state_of(wallet: Wallet) -> WalletState | None:
    return getattr(wallet, "state", None)


def balance_of(state: WalletState) -> str:
    if state.balance_usd is None:
        return _("unknown")
    return formatting.money(state.balance_usd)


def source_of(state: WalletState) -> str:
    """Where the balance is known from, and since when."""
    if state.source is None:
        return ""
    source = str(SOURCES[state.source])
    return source if state.since is None else f"{source}, {formatting.moment(state.since)}"


def lasts_badge(state: WalletState) -> SafeString:
    """The time left: red for a day and less, amber for a week and less."""
    left = state.forecast.hours_left
    colour = "default" if left is None else "danger" if left <= 24 else "warning" if left <= SHORT_H else "success"
    if state.forecast.outlook is Outlook.FAR:
        colour = "success"
    return formatting.badge(colour, left_in_words(state))


def interval_of(state: WalletState) -> str:
    forecast = state.forecast
    if forecast.outlook is not Outlook.ENDS or forecast.low is None:
        return ""
    high = hours_in_words(forecast.high) if forecast.high is not None else _("over 90 days")
    return _("%(low)s to %(high)s in 8 of 10 cases") % {"low": hours_in_words(forecast.low), "high": high}


def facts_of(state: WalletState) -> tuple[tuple[str, object], ...]:
    return (
        (_("Balance"), balance_of(state)),
        (_("Counted from"), source_of(state) or formatting.UNKNOWN),
        (_("Interval"), interval_of(state) or formatting.UNKNOWN),
        (_("Spent per hour, next 24 h"), formatting.money(state.forecast.burn_per_hour)),
        (_("Spent in 24 h"), formatting.money(state.spent_24h_usd)),
        (_("Spent in 30 days"), formatting.money(state.spent_30d_usd)),
        (_("Providers"), ", ".join(state.providers) or formatting.UNKNOWN),
        (_("Told by the vendor"), formatting.moment(state.told_at)),
    )


def _entries(wallet: Wallet) -> Table:
    return Table(
        headers=(_("When"), _("What"), _("US dollars"), _("Correction"), _("By"), _("Note")),
        rows=tuple(
            (
                formatting.exact(entry.at),
                str(SOURCES[entry.kind]),  # type: ignore[index]  # a str, as the enum is
                formatting.money(entry.amount),
                formatting.money(entry.change),
                entry.by,
                entry.note or formatting.UNKNOWN,
            )
            for entry in wallet.entries.all()[:LAST]
        ),
    )
