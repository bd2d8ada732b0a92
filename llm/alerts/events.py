"""What alerts tell of: the events of notices, the topics that are watched, and what ends each."""

from enum import StrEnum


class Event(StrEnum):
    """The event of a notice, as webhook receivers read it."""

    PROVIDER_OPENED = "provider_opened"
    CREDIT_EXHAUSTED = "credit_exhausted"
    PROVIDER_RECOVERED = "provider_recovered"
    ALL_DOWN = "all_providers_down"
    SOME_BACK = "providers_back"
    STATIC_SERVING = "static_serving"
    STATIC_OVER = "static_over"
    PROBE_BUDGET_SPENT = "probe_budget_spent"
    PROBE_BUDGET_RENEWED = "probe_budget_renewed"
    JOURNAL_FAILED = "journal_failed"
    JOURNAL_BACK = "journal_back"
    WALLET_LOW = "wallet_low"
    WALLET_EMPTY = "wallet_empty"
    WALLET_REFILLED = "wallet_refilled"
    SPENDING_HIGH = "spending_high"
    SPENDING_JUMPED = "spending_jumped"
    SPENDING_BACK = "spending_back"
    BOOKS_DIFFER = "books_differ"
    BOOKS_AGREE = "books_agree"
    RECORDS_AT_RISK = "records_at_risk"
    RECORDS_SAFE = "records_safe"
    BUDGET_50 = "budget_50"
    BUDGET_80 = "budget_80"
    BUDGET_100 = "budget_100"
    BUDGET_RENEWED = "budget_renewed"
    STANDBY_JOINED = "standby_joined"
    STANDBY_LEFT = "standby_left"
    MODEL_GONE = "model_gone"
    MODEL_BACK = "model_back"


class Topic(StrEnum):
    """The kind of a watched subject."""

    PROVIDER = "provider"
    ALL_DOWN = "all_down"
    STATIC = "static"
    PROBE_BUDGET = "probe_budget"
    JOURNAL = "journal"
    RECORDS = "records"
    WALLET = "wallet"
    SPENDING = "spending"
    BOOKS = "books"
    BUDGET = "budget"
    """A consumers' budget."""
    STANDBY = "standby"
    """A standby provider in its route."""
    MODEL = "model"
    """A provider's model in its vendor's list."""


ENDINGS: dict[Topic, Event] = {
    Topic.PROVIDER: Event.PROVIDER_RECOVERED,
    Topic.ALL_DOWN: Event.SOME_BACK,
    Topic.STATIC: Event.STATIC_OVER,
    Topic.PROBE_BUDGET: Event.PROBE_BUDGET_RENEWED,
    Topic.JOURNAL: Event.JOURNAL_BACK,
    Topic.RECORDS: Event.RECORDS_SAFE,
    Topic.WALLET: Event.WALLET_REFILLED,
    Topic.SPENDING: Event.SPENDING_BACK,
    Topic.BOOKS: Event.BOOKS_AGREE,
    Topic.BUDGET: Event.BUDGET_RENEWED,
    Topic.STANDBY: Event.STANDBY_LEFT,
    Topic.MODEL: Event.MODEL_BACK,
}

OF_ONE_HOST = frozenset({Topic.JOURNAL})
"""Topics of which each host sees its own subject only: what another host has notified is not over for that."""

ONCE = frozenset({Topic.WALLET, Topic.SPENDING, Topic.BOOKS, Topic.BUDGET, Topic.MODEL, Topic.STANDBY})
"""Topics without reminders: each rank is notified once, until the condition ends or `eased`."""
