"""Balances as OpenAI-compatible vendors tell them: DeepSeek's `/user/balance`, OpenRouter's `/credits` and
`/key`, Moonshot's `/users/me/balance`."""

import json
from dataclasses import dataclass

from llm.simulator.http.exchange import InvalidRequest, Stamp, WireAnswer, WireError
from llm.simulator.openai.errors import headers

PATHS = frozenset({"/user/balance", "/v1/credits", "/v1/key", "/v1/users/me/balance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What an account holds. `management`: its key may see the account's credits, as at OpenRouter."""

    amount: float
    currency: str = "USD"
    management: bool = True


def balance(path: str, purse: Purse | None, stamp: Stamp) -> WireAnswer:
    """Raises InvalidRequest for an account without a purse, and for credits that its key may not see."""
    if purse is None:
        raise InvalidRequest(WireError(status=404, type="invalid_request_error", message=f"Invalid URL (GET {path})"))
    if path == "/user/balance":
        info = {
            "currency": purse.currency,
            "total_balance": f"{purse.amount:.2f}",
            "granted_balance": "0.00",
            "topped_up_balance": f"{purse.amount:.2f}",
        }
        body: dict[str, object] = {"is_available": purse.amount > 0, "balance_infos": [info]}
    elif path == "/v1/users/me/balance":
        data = {"available_balance": purse.amount, "voucher_balance": 0.0, "cash_balance": purse.amount}
        body = {"code": 0, "data": data, "scode": "0x0", "status": True}
    elif path == "/v1/credits":
        if not purse.management:
            text = "Only management keys can perform this operation"
            raise InvalidRequest(WireError(status=403, type="permission_error", message=text))
        body = {"data": {"total_credits": purse.amount + 10, "total_usage": 10.0}}
    else:
        body = {"data": {"label": "sk-or-v1-sim...", "limit": purse.amount + 10, "limit_remaining": purse.amount}}
    return WireAnswer(headers=headers(stamp), body=json.dumps(body).encode())
