"""All conditions of the facts, in the order of their notices. Decisions: `llm/alerts/decide.py`."""

from llm.alerts.conditions import money, service
from llm.alerts.conditions.facts import Facts
from llm.alerts.decide import Condition


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """The conditions of all watched subjects, in the order of their notices: causes before consequences."""
    serving = tuple(provider.name for provider in facts.providers if provider.available)
    watched = [service.provider(provider, facts.transitions, serving) for provider in facts.providers]
    watched.append(service.all_down(facts.providers, serving))
    watched.append(service.static_answers(facts.static, serving))
    watched.extend(map(money.wallet, facts.wallets))
    watched.extend(map(money.spending, facts.spending))
    watched.extend(map(money.books, facts.books))
    if facts.budget is not None:
        watched.append(service.probe_budget(facts.budget))
    if facts.journal is not None:
        watched.append(service.journal(facts.journal))
    watched += map(money.budget, facts.budgets)
    watched += map(service.standby, facts.standbys)
    watched += map(service.model_gone, facts.gone)
    return tuple(watched)
