"""Tells the workers how long each wallet lasts, so that routes can spare one that is nearly empty."""

from llm.services.wallets.state import recent_wallets
from llm.stores.capacity.here import capacity_store


def share_hours() -> int:
    """Shares the hours left of the accounts whose end is foreseen; returns how many."""
    hours = {
        state.account: state.forecast.hours_left
        for state in recent_wallets.read()
        if state.forecast.hours_left is not None
    }
    capacity_store.note_wallets(hours)
    return len(hours)
