"""Alerts in English."""

from llm.alerts.events import Event
from llm.alerts.phrases.table import Phrases, left
from llm.core.failures.policy import MEANINGS, ErrorClass
from llm.core.routing.standing import PHRASES, Standing

EN = Phrases(
    titles={
        Event.PROVIDER_OPENED: "{name} is out: {meaning}",
        Event.CREDIT_EXHAUSTED: "{name} is out of credit",
        Event.PROVIDER_RECOVERED: "{name} is no longer out",
        Event.ALL_DOWN: "No provider can answer",
        Event.SOME_BACK: "Providers can be asked again",
        Event.STATIC_SERVING: "Callers get static answers",
        Event.STATIC_OVER: "No more static answers",
        Event.BUDGET_50: "Half of the budget {slug} is spent",
        Event.BUDGET_80: "80 % of the budget {slug} is spent",
        Event.BUDGET_100: "The budget {slug} is spent",
        Event.BUDGET_RENEWED: "The budget {slug} has room again",
        Event.STANDBY_JOINED: "The standby provider of {slug} has joined",
        Event.STANDBY_LEFT: "The standby provider of {slug} stands by again",
        Event.PROBE_BUDGET_SPENT: "The probe budget is spent",
        Event.PROBE_BUDGET_RENEWED: "Paid probes go on",
        Event.JOURNAL_FAILED: "The journal on {slug} cannot be written",
        Event.JOURNAL_BACK: "The journal on {slug} can be written again",
        Event.WALLET_LOW: "{name}: money for about {left} is left",
        Event.WALLET_EMPTY: "{name}: no money is left by the count",
        Event.WALLET_REFILLED: "{name}: there is money again",
        Event.SPENDING_HIGH: "Spending {period} has reached {limit} USD ({slug})",
        Event.SPENDING_JUMPED: "Spending has jumped ({slug})",
        Event.SPENDING_BACK: "Spending is within the rule again ({slug})",
        Event.BOOKS_DIFFER: "{name}: our costs and the vendor's report differ",
        Event.BOOKS_AGREE: "{name}: our costs and the vendor's report agree again",
        Event.RECORDS_AT_RISK: "Call records on {slug} are in memory only",
        Event.RECORDS_SAFE: "Call records on {slug} are safe again",
        Event.MODEL_GONE: "{name}: its vendor lists the model {model} no more",
        Event.MODEL_BACK: "{name}: its model is listed again, or was changed",
    },
    summaries={
        Event.PROVIDER_OPENED: "{name} is out since {at}: {meaning}.",
        Event.CREDIT_EXHAUSTED: "{name} is out of credit since {at}.",
        Event.PROVIDER_RECOVERED: "{name} recovered at {at}; it had been out since {since}.",
        "by_hand": "{name} was reset at {at} by {by}; it had been out since {since}.",
        "brief": "{name} was out briefly after {since} and recovered at {at}.",
        "switched_off": "{name} is switched off, or has no key any more; it had been out since {since}.",
        "removed": "{name} was removed from the configuration; it had been out since {since}.",
        Event.ALL_DOWN: "No provider can answer since {since}: callers get static answers.",
        Event.SOME_BACK: "Since {at} there is a provider to ask: {serving}. There was none since {since}.",
        Event.STATIC_SERVING: "Since {since}, {answers} went out in place of a provider's.",
        Event.STATIC_OVER: "Every answer of the last minutes came from a provider. Before, since {since}: {answers}.",
        Event.BUDGET_50: "Consumers have spent half of the budget {slug}.",
        Event.BUDGET_80: "Consumers have spent 80 % of the budget {slug}.",
        Event.BUDGET_100: "Consumers have spent the budget {slug}. Unless it is soft, it stops further calls.",
        Event.STANDBY_JOINED: "Since {since} {slug} takes calls: the other providers of the route have little left.",
        Event.STANDBY_LEFT: "Since {at} {slug} takes no calls any more. It had joined at {since}.",
        Event.BUDGET_RENEWED: "Less than half of the budget {slug} is spent since {at}.",
        Event.PROBE_BUDGET_SPENT: "Probes that cost money have used {spent} of {limit} USD.",
        Event.PROBE_BUDGET_RENEWED: "The budget for paid probes is available again since {at}.",
        Event.JOURNAL_FAILED: (
            "The journal of calls on {slug} cannot be written since {since}: {fault}. Nothing is lost: answers wait "
            "until the database has their record."
        ),
        Event.JOURNAL_BACK: "The journal of calls on {slug} can be written again; it could not since {since}.",
        Event.WALLET_LOW: "The account {slug} holds {balance}. At its usual pace that lasts about {left}.",
        Event.WALLET_EMPTY: (
            "The account {slug} holds {balance} by the count of its costs, and no call was refused yet. "
            "Either calls are refused soon, or a top-up was not recorded."
        ),
        Event.WALLET_REFILLED: "The account {slug} holds {balance}; time left: {left}. It was short since {since}.",
        "wallet_removed": "The account {slug} has no provider any more; its money was short since {since}.",
        Event.SPENDING_HIGH: "{scope} cost {spent} USD {period}, since {at}. The rule {slug} tells of {limit} USD.",
        Event.SPENDING_JUMPED: (
            "{scope} cost {spent} USD in the hour from {at}, and {before} USD in the same hour of the week before."
        ),
        Event.SPENDING_BACK: "{scope} cost {spent} USD {period}, since {at}; the rule {slug} tells of {limit} USD.",
        "spending_removed": "The rule {slug} is gone or switched off; it was exceeded since {since}.",
        Event.BOOKS_DIFFER: (
            "Two days in a row, up to {at}, the account {slug} differs from the vendor's report by more than 1 %. The "
            "last day cost {spent} USD by our records and {vendor} USD by the report."
        ),
        Event.BOOKS_AGREE: (
            "The last day of the account {slug} cost {spent} USD by our records and {vendor} USD by the vendor's "
            "report."
        ),
        Event.RECORDS_AT_RISK: (
            "Since {since} neither the database nor the journal on {slug} can be written ({fault}). Requests are "
            "answered, and their records are in memory only: a kill loses them."
        ),
        Event.RECORDS_SAFE: "Records of calls on {slug} are on disk again. They were in memory only since {since}.",
        Event.MODEL_GONE: (
            "Three looks in a row did not find {model} in the vendor's list; it was last there at {since}. "
            "Routes that ask {slug}: {routes}."
        ),
        Event.MODEL_BACK: "The model of {slug} is in its vendor's list again, or the provider was changed, at {at}.",
    },
    actions={
        Event.CREDIT_EXHAUSTED: (
            "Refill {refill_at}, then press Reset failures or run `manage.py llm_reset {slug}`; {again}."
        ),
        ErrorClass.AUTH: (
            "Store a valid key in the admin (Providers, {slug}), or set its variable and restart; then press "
            "Re-test now or run `manage.py llm_healthcheck --provider {slug}`."
        ),
        ErrorClass.PERMISSION: (
            "Allow this key to use the model in the vendor's settings, or choose another model in the admin "
            "(Providers, {slug}); when its last error is about the address, correct that one or "
            "LLM_ALLOW_PRIVATE_HOSTS; then press Re-test now."
        ),
        ErrorClass.MODEL_NOT_FOUND: (
            "Choose a model that the vendor serves in the admin (Providers, {slug}); then press Re-test now."
        ),
        "wait": "Nothing to do: {again}, and recovers by itself. If it stays out, look at the vendor's status page.",
        Event.ALL_DOWN: (
            "Run `manage.py llm_providers` to see why each of them is out. Refill credit or replace keys where that "
            "is the reason, and reset those; the others recover by themselves."
        ),
        Event.STATIC_SERVING: (
            "Run `manage.py llm_providers`, or look at Calls in the admin (status static): each call has the reason "
            "why every provider was skipped."
        ),
        Event.BUDGET_50: "Nothing needs to be done. `manage.py llm_budgets list` shows the state.",
        Event.STANDBY_JOINED: "Nothing needs to be done. If it stays, raise the limits of the others.",
        Event.BUDGET_80: "Raise it, or tell its consumers. `manage.py llm_budgets list` shows the state.",
        Event.BUDGET_100: "Raise it, or wait until it renews. `manage.py llm_budgets list` shows the state.",
        Event.PROBE_BUDGET_SPENT: (
            "A provider that is out of credit is not probed until the budget is renewed. When you have refilled one, "
            "press Reset failures or run `manage.py llm_reset NAME`."
        ),
        Event.JOURNAL_FAILED: "Make room on the disk of LLM_JOURNAL_DIR, or make it writable. No restart is needed.",
        Event.WALLET_LOW: "Refill {refill_at}, then record it: `manage.py llm_wallets topup {slug} USD`.",
        Event.WALLET_EMPTY: (
            "Refill {refill_at} and record it by `manage.py llm_wallets topup {slug} USD`, or say what the vendor "
            "shows: `manage.py llm_wallets declare {slug} USD`."
        ),
        Event.SPENDING_HIGH: (
            "See who spends: `manage.py llm_usage --by key`. The rule is among the spending rules of the admin."
        ),
        Event.SPENDING_JUMPED: (
            "See who spends: `manage.py llm_usage --last 1d --by key`. The rule is among the spending rules of the "
            "admin."
        ),
        Event.BOOKS_DIFFER: "See the causes: `manage.py llm_reconcile --account {slug} --last 2d`.",
        Event.RECORDS_AT_RISK: (
            "Restart nothing on {slug}. Make room on the disk of LLM_JOURNAL_DIR, or bring the database back: either "
            "saves the records."
        ),
        Event.MODEL_GONE: (
            "Choose another model: `manage.py llm_providers models` shows what the vendor lists. Some vendors serve a "
            "model for a while after it left the list."
        ),
    },
    meanings=MEANINGS,
    left=lambda hours: left(hours, ("an hour", "{} hours", "{} days")),
    unknown="unknown",
    periods={"day": "today", "month": "this month", "jump": "in the last hour"},
    everybody="All calls",
    of_route="The calls of the route {route}",
    of_both="The calls of the route {route} at {provider}",
    unpriced="Attempts without a known price are not in the sum: {count}.",
    answers=lambda count: "a static answer" if count == 1 else f"{count} static answers",
    times="It went out {times} times since {since}.",
    reminder="Still: ",
    next_provider="Requests go to {next}.",
    no_provider="No other provider can answer: callers get static answers.",
    again="it is probed again at {until}",
    again_soon="it is probed again soon",
    refill_at="at {url}",
    no_route="none",
    refill_elsewhere="in the vendor's console",
    to_be_tried=PHRASES[Standing.TO_BE_TRIED],
)
