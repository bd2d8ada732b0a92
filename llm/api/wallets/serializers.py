"""Wallets as JSON. Amounts are strings of US dollars, since JSON's numbers round."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from llm.core.forecast.ledger import EntryKind
from llm.core.forecast.outlook import Forecast, Outlook
from llm.models import WalletEntry
from llm.services.wallets.entries import MAX_NOTE, MOST_USD
from llm.services.wallets.state import WalletState
from web.serializers import StrictSerializer

USD: dict[str, Any] = {"max_digits": 20, "decimal_places": 9}
USD_TEXT = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,9})?")
TOO_FINE = "Ensure that there are no more than …"
"""Of a number with more than nine decimal places."""
NOT_ABOVE_ZERO = "Must be above 0; to correct the balance, declare it."


class ForecastSerializer(serializers.Serializer):
    """How long the money lasts. Hours from now; the interval holds in 80 % of the cases."""

    outlook = serializers.ChoiceField(choices=[str(outlook) for outlook in Outlook])
    burn_per_hour_usd = serializers.FloatField(
        allow_null=True, help_text="Expected over the next 24 hours; null with less than 24 hours of history."
    )
    hours_left = serializers.FloatField(allow_null=True, help_text="Null unless the outlook is ends or empty.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True, help_text="Null when it is more than 90 days away.")


class StatusWalletSerializer(serializers.Serializer):
    """A provider's money in short."""

    account = serializers.CharField()
    balance_usd = serializers.DecimalField(**USD, allow_null=True)
    outlook = serializers.ChoiceField(choices=[str(outlook) for outlook in Outlook])
    hours_left = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class WalletSerializer(serializers.Serializer):
    """An account's money."""

    account = serializers.CharField()
    providers = serializers.ListField(child=serializers.CharField(), help_text="Those that spend it.")
    balance_usd = serializers.DecimalField(
        **USD, allow_null=True, help_text="Null: unknown. Below 0: more was spent than the ledger knows of."
    )
    counted_from = serializers.ChoiceField(
        choices=[str(kind) for kind in EntryKind], allow_null=True, help_text="What the balance is counted from."
    )
    since = serializers.DateTimeField(allow_null=True, help_text="The moment from which costs are counted down.")
    spent_24h_usd = serializers.DecimalField(**USD)
    spent_30d_usd = serializers.DecimalField(**USD)
    forecast = ForecastSerializer()
    told_at = serializers.DateTimeField(allow_null=True, help_text="When the vendor last told its balance.")
    told_amount = serializers.DecimalField(
        **USD, allow_null=True, help_text="The vendor's balance in a currency other than USD, which no sum holds."
    )
    told_currency = serializers.CharField(allow_blank=True)
    ask_fault = serializers.CharField(allow_blank=True, help_text="Why the vendor's balance could not be read.")


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class WalletListSerializer(serializers.Serializer):
    """For the schema: the list, which is an object."""

    wallets = WalletSerializer(many=True)


class WalletEntrySerializer(serializers.ModelSerializer[WalletEntry]):
    """One line of the ledger."""

    class Meta:
        model = WalletEntry
        fields = ("id", "at", "kind", "amount", "change", "by", "note")


class WalletDetailSerializer(WalletSerializer):
    """For the schema: a wallet with a page of its ledger, newest first."""

    entries = WalletEntrySerializer(many=True)
    next = serializers.URLField(allow_null=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": f"^{USD_TEXT.pattern}$"},
            {"type": "number", "minimum": -int(MOST_USD), "maximum": int(MOST_USD)},
        ],
        "description": f"US dollars, as a string or a number; at most {MOST_USD}.",
    }
)
class UsdField(serializers.DecimalField):
    """An amount of money. A number is read by its shortest decimal form, so 12.1 is 12.1."""

    def __init__(self) -> None:
        super().__init__(max_digits=17, decimal_places=9, min_value=-MOST_USD, max_value=MOST_USD)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str) and not USD_TEXT.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class DeclareSerializer(StrictSerializer):
    """The balance as an operator reads it at the vendor."""

    usd = UsdField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NOTE)


class TopUpSerializer(DeclareSerializer):
    """What was paid in."""

    def validate_usd(self, usd: Any) -> Any:
        if not usd > 0:
            raise serializers.ValidationError(NOT_ABOVE_ZERO)
        return usd


def wallet_json(state: WalletState) -> dict[str, Any]:
    """A wallet as the API shows it."""
    return {
        "account": state.account,
        "providers": list(state.providers),
        "balance_usd": _money(state.balance_usd),
        "counted_from": state.source and str(state.source),
        "since": state.since,
        "spent_24h_usd": _money(state.spent_24h_usd),
        "spent_30d_usd": _money(state.spent_30d_usd),
        "forecast": forecast_json(state.forecast),
        "told_at": state.told_at,
        "told_amount": _money(state.told_amount),
        "told_currency": state.told_currency,
        "ask_fault": state.ask_fault,
    }


def status_wallet(state: WalletState) -> dict[str, Any]:
    """A provider's money in short, as `status` shows it."""
    forecast = forecast_json(state.forecast)
    shown = {name: forecast[name] for name in ("outlook", "hours_left", "low", "high")}
    return {"account": state.account, "balance_usd": _money(state.balance_usd), **shown}


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    def rounded(value: float | None, digits: int = 2) -> float | None:
        return None if value is None else round(value, digits)

    return {
        "outlook": str(forecast.outlook),
        "burn_per_hour_usd": rounded(forecast.burn_per_hour, 6),
        "hours_left": rounded(forecast.hours_left),
        "low": rounded(forecast.low),
        "high": rounded(forecast.high),
    }


def _money(usd: Any) -> str | None:
    return None if usd is None else f"{usd:.9f}"
