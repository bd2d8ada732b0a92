"""What commands about providers tell of their money, to those who may view wallets."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from llm.models import Wallet
from llm.services.access.rights import Right, may
from llm.services.status import ProviderStatus
from llm.services.wallets.words import short_money

__all__ = ["short_money", "with_visible_money"]


def with_visible_money(providers: Iterable[ProviderStatus], user: Any) -> tuple[ProviderStatus, ...]:
    """The providers, without their wallets when `user` of `--as` may not view them; None is nobody in particular."""
    if user is None or may(user, Right.VIEW, Wallet):
        return tuple(providers)
    return tuple(replace(provider, wallet=None) for provider in providers)
