"""The form by which operators tell of money: a top-up, or what the balance is."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from llm.admin import formatting
from llm.admin.providers.buttons import username
from llm.core.exceptions import LLMError
from llm.core.forecast.ledger import EntryKind
from llm.services.wallets.entries import MAX_NOTE, MOST_USD, declare, top_up
from llm.services.wallets.words import left_in_words

RECORDS = {EntryKind.TOPUP: top_up, EntryKind.DECLARED: declare}


class MoneyForm(forms.Form):
    """Account, kind, amount and note."""

    use_required_attribute = False
    account = forms.ChoiceField(label=gettext_lazy("Account"), widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (str(EntryKind.TOPUP), gettext_lazy("top-up: paid in now")),
            (str(EntryKind.DECLARED), gettext_lazy("balance: it is this now")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    usd = forms.DecimalField(
        label=gettext_lazy("US dollars"),
        max_digits=16,
        decimal_places=9,
        min_value=-MOST_USD,
        max_value=MOST_USD,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=MAX_NOTE, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, accounts: list[str], data: Any = None) -> None:
        super().__init__(data, auto_id="money_%s")
        self.fields["account"].choices = [(name, name) for name in accounts]  # type: ignore[attr-defined]


def tell(request: HttpRequest, accounts: list[str]) -> None:
    """Records what was posted, and shows the account's money after it, or what is wrong with the form."""
    form = MoneyForm(accounts, request.POST)
    if not form.is_valid():
        for field, errors in form.errors.items():
            messages.error(request, f"{form.fields[field].label}: {' '.join(str(error) for error in errors)}")
        return
    given = form.cleaned_data
    usd: Decimal = given["usd"]
    try:
        record = RECORDS[EntryKind(given["kind"])]
        state = record(given["account"], usd, by=username(request.user), note=given["note"])
    except LLMError as error:
        messages.error(request, str(error))
        return
    balance = _("unknown") if state.balance_usd is None else formatting.money(state.balance_usd, 2)
    told = {"account": state.account, "balance": balance, "left": left_in_words(state)}
    messages.success(request, _("%(account)s: balance %(balance)s; time left: %(left)s.") % told)
