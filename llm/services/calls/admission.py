"""Admits a call: reserves its worst case on every limit and budget that applies, or on none, before a vendor is asked.

The one gate of all roads to a vendor. Without limits and budgets it does nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

from llm.core.budgets.rules import AtLimit, Rule, Scope, Unit, Unpriced
from llm.core.budgets.window import Period, period_at
from llm.core.budgets.worst_case import Offer, input_bound, worst_cost, worst_tokens
from llm.core.calls import Skip, SkipReason
from llm.core.consumers.allowed import refused_by_any
from llm.core.consumers.rights import AskedFor
from llm.core.cost.own import OwnPrices
from llm.core.exceptions import BudgetExceeded, LimitReached, LimitsUnavailable
from llm.core.routing.config import Config
from llm.core.routing.needs import CHARS_PER_TOKEN, needs_of
from llm.core.routing.plan import Plan, Stop
from llm.gateway.context import CallContext
from llm.gateway.router import Unanswered
from llm.services.calls import hedging
from llm.stores.budgets.account import Ask, Denied
from llm.stores.budgets.booking import subject_of
from llm.stores.budgets.holdings import BESIDE
from llm.stores.budgets.ledger import LedgerAway, ledger
from llm.stores.budgets.rates import worst_rates

MakePlan = Callable[[], Awaitable[Plan]]


async def admit(context: CallContext, config: Config, make_plan: MakePlan) -> None:
    """Returns when everything is reserved. May drop stops of the plan, or move the call to a budget's cheaper route.

    Raises LimitReached, BudgetExceeded, LimitsUnavailable; Unanswered where a budget wants the static answer.
    """
    passed: set[str] = set()
    while context.plan.stops:
        rules = _applying(context, config, passed)
        if _dropped_unpriced(context, rules, config.prices):
            continue
        denied = await _reserve(context, rules, config.prices) if rules else None
        if denied is None:
            if context.hedge is not None and rules:
                await _reserve_beside(context, rules, config.prices)
            return
        rule = denied.rule
        if rule.scope is Scope.PROVIDER:
            _drop(context, rule.target, SkipReason.BUDGET, f"{rule.name} has no room", config.prices)
            if context.plan.stops:
                continue
        moves = rule.is_budget and rule.at_limit is AtLimit.ROUTE and rule.account not in passed
        if moves and _may_move(context, config, rule.cheaper_route):
            passed.add(rule.account)
            _move(context, config, rule.cheaper_route)
            context.plan = await make_plan()
            context.hedge = hedging.choose(context, config.prices)
            continue
        _refuse(denied, context)


def end(context: CallContext) -> None:
    """Settles what the call holds of limits. Budgets are settled when its record is stored, or now without a vendor."""
    if context.trail.trail.attempts:
        ledger.settle_limits(context.call.id, context.trail.trail.usage.total)
    else:
        ledger.settle(context.call.id)


def _applying(context: CallContext, config: Config, passed: set[str]) -> list[Rule]:
    subject = subject_of(context.call, (stop.candidate.name for stop in context.plan.stops))
    return [rule for rule in config.rules.applying(subject) if not rule.soft and rule.account not in passed]


def _dropped_unpriced(context: CallContext, rules: Sequence[Rule], own: OwnPrices) -> bool:
    """Drops the stops without a known price where a budget wants one. Raises BudgetExceeded when none is left."""
    strict = [rule for rule in rules if rule.unit is Unit.USD and rule.unpriced is Unpriced.REFUSE]
    unpriced = [
        stop for stop in context.plan.stops if _concerned(stop, strict) and _offer(stop, context, own).rates is None
    ]
    for stop in unpriced:
        _drop(context, stop.candidate.name, SkipReason.UNPRICED, "its model has no known price", own)
    if unpriced and not context.plan.stops:
        raise BudgetExceeded(strict[0].name, renews_at=None, unpriced=True)
    return bool(unpriced)


def _concerned(stop: Stop, rules: Sequence[Rule]) -> bool:
    return any(rule.scope is not Scope.PROVIDER or rule.target == stop.candidate.name for rule in rules)


def _drop(context: CallContext, provider: str, reason: SkipReason, detail: str, own: OwnPrices) -> None:
    plan = context.plan
    skip = Skip(provider=provider, reason=reason, detail=detail)
    stops = tuple(stop for stop in plan.stops if stop.candidate.name != provider)
    context.plan = replace(plan, stops=stops, skips=(*plan.skips, skip))
    context.hedge = hedging.choose(context, own)


async def _reserve(context: CallContext, rules: Sequence[Rule], own: OwnPrices) -> Denied | None:
    try:
        return await ledger.reserve(context.call.id, _asks(context, rules, own, at_once=1))
    except LedgerAway:
        ledger.settle(context.call.id)  # it may have been granted in that very moment
        raise LimitsUnavailable from None
    except BaseException:
        ledger.settle(context.call.id)
        raise


async def _reserve_beside(context: CallContext, rules: Sequence[Rule], own: OwnPrices) -> None:
    """Reserves what a second attempt at once may cost. Where there is no room for it, the call is not hedged."""
    one, both = (_asks(context, rules, own, at_once=number) for number in (1, 2))
    more = [replace(two, amount=two.amount - ask.amount) for ask, two in zip(one, both, strict=True)]
    try:
        denied = await ledger.reserve(context.call.id + BESIDE, more)
    except LedgerAway:
        context.hedge = None
    else:
        if denied is not None:
            context.hedge = None


def _asks(context: CallContext, rules: Sequence[Rule], own: OwnPrices, *, at_once: int) -> list[Ask]:
    """The worst case of the call on each rule, when so many providers are asked side by side."""
    tokens = input_bound(
        needs_of(context.request, stream=context.call.stream).input_tokens, counted_with=CHARS_PER_TOKEN
    )
    offers = [_offer(stop, context, own) for stop in context.plan.stops]
    started_at = context.call.started_at
    return [Ask(rule, _worst(rule, offers, tokens, at_once), _period(rule, started_at)) for rule in rules]


def _offer(stop: Stop, context: CallContext, own: OwnPrices) -> Offer:
    candidate = stop.candidate
    return Offer(
        provider=candidate.name,
        output_tokens=context.request.max_tokens or candidate.max_tokens,
        rates=worst_rates(candidate.kind, candidate.model, context.call.started_at, provider=candidate.name, own=own),
    )


def _worst(rule: Rule, offers: Sequence[Offer], input_tokens: int, at_once: int) -> int:
    concerned = [offer for offer in offers if rule.scope is not Scope.PROVIDER or offer.provider == rule.target]
    match rule.unit:
        case Unit.USD:
            return worst_cost(concerned, input_tokens, unpriced_nano=rule.unpriced_nano, at_once=at_once)
        case Unit.TOKENS:
            return worst_tokens(concerned, input_tokens, at_once=at_once)
    return 1


_periods: dict[str, tuple[Rule, Period]] = {}


def _period(rule: Rule, at: datetime) -> Period:
    """The rule's window, kept until it ends: a calendar costs more than the rest of an admission."""
    second, known = at.timestamp(), _periods.get(rule.account)
    if known is not None and known[0] == rule:
        period = known[1]
        if period.slot <= second and (period.until is None or second < period.until):
            return period
    period = period_at(rule.window, at)
    _periods[rule.account] = (rule, period)
    return period


def _may_move(context: CallContext, config: Config, route: str) -> bool:
    """Whether the route is there, and the caller's key may ask it."""
    allowed = refused_by_any(context.rights, AskedFor(route=route)) is None
    return allowed and route in config.routes and context.options.only is None


def _move(context: CallContext, config: Config, route: str) -> None:
    context.options = replace(context.options, route=route, primary=None, fallbacks=None)
    context.route = config.routes[route]
    context.call = replace(context.call, route=route)


def _refuse(denied: Denied, context: CallContext) -> NoReturn:
    rule = denied.rule
    if not rule.is_budget:
        raise LimitReached(
            rule.name, unit=str(rule.unit), cap=rule.cap, left=denied.left, retry_after_s=denied.retry_after_s
        )
    if rule.at_limit is AtLimit.STATIC and context.options.static and context.options.only is None:
        raise Unanswered(None)
    renews_at = datetime.fromtimestamp(denied.renews_at, UTC) if denied.renews_at is not None else None
    raise BudgetExceeded(rule.name, renews_at=renews_at)
