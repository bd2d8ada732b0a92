"""Balances of OpenAI-compatible vendors: which address tells one, and in which shape.

OpenAI itself tells none. Shapes: https://api-docs.deepseek.com/api/get-user-balance,
https://openrouter.ai/docs/api-reference/credits and /limits, https://platform.moonshot.cn/docs/api/balance (read in
November 2026).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from llm.adapters.transport.lenient_json import Json, items, obj, text
from llm.core.forecast.ledger import VendorBalance

USD = "USD"
LARGEST = Decimal(10) ** 9
"""A larger balance is a mistake of the vendor's, and does not fit the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSource:
    """Paths beside the chat API, asked in turn until one tells; `read` takes the answer of each."""

    paths: tuple[str, ...]
    read: Callable[[Json], VendorBalance | None]
    above: str = ""
    """The end of the base URL that the paths do not have."""

    def urls(self, base_url: str) -> tuple[str, ...]:
        return tuple(f"{base_url.rstrip('/').removesuffix(self.above)}{path}" for path in self.paths)


def _deepseek(body: Json) -> VendorBalance | None:
    """`{"balance_infos": [{"currency": "USD", "total_balance": "110.00"}]}`; dollars before other currencies."""
    balances = [
        VendorBalance(amount=amount, currency=text(info, "currency")[:8] or USD)
        for info in items(body, "balance_infos")
        if (amount := _amount(info, "total_balance")) is not None
    ]
    return next((each for each in balances if each.currency == USD), balances[0] if balances else None)


def _openrouter(body: Json) -> VendorBalance | None:
    """`{"data": {"total_credits": 100.5, "total_usage": 25.75}}`, or a key's `{"data": {"limit_remaining": 74.5}}`."""
    data = obj(body, "data")
    bought, used = _amount(data, "total_credits"), _amount(data, "total_usage")
    if bought is not None and used is not None:
        return VendorBalance(amount=bought - used, currency=USD)
    remaining = _amount(data, "limit_remaining")
    return None if remaining is None else VendorBalance(amount=remaining, currency=USD)


def _moonshot(currency: str) -> Callable[[Json], VendorBalance | None]:
    """`{"data": {"available_balance": 49.58894, "voucher_balance": 46.58893, "cash_balance": 3.00001}}`."""

    def read(body: Json) -> VendorBalance | None:
        amount = _amount(obj(body, "data"), "available_balance")
        return None if amount is None else VendorBalance(amount=amount, currency=currency)

    return read


SOURCES: Mapping[str, BalanceSource] = {
    "deepseek": BalanceSource(paths=("/user/balance",), read=_deepseek, above="/v1"),
    # The account's credits are told to management keys only; any key is told of its own limit.
    "openrouter": BalanceSource(paths=("/credits", "/key"), read=_openrouter),
    "moonshot": BalanceSource(paths=("/users/me/balance",), read=_moonshot(USD)),
    "moonshot-cn": BalanceSource(paths=("/users/me/balance",), read=_moonshot("CNY")),
}
HOSTS: Mapping[str, str] = {
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.moonshot.ai": "moonshot",
    "api.moonshot.cn": "moonshot-cn",
}


def balance_source(base_url: str | None) -> BalanceSource | None:
    """Where the vendor at this address tells its balance; None when it is not known to tell one.

    A proxy, and the simulator, name the vendor in the first part of the path: http://proxy/deepseek/v1.
    """
    if not base_url:
        return None
    parts = urlsplit(base_url)
    name = HOSTS.get(parts.hostname or "") or parts.path.strip("/").partition("/")[0]
    return SOURCES.get(name)


def _amount(source: Json, key: str) -> Decimal | None:
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        amount = Decimal(str(value)[:40])
    except InvalidOperation:
        return None
    return round(amount, 9) if amount.is_finite() and abs(amount) < LARGEST else None
