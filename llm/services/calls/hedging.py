"""Whether a call may be hedged, by what is known now; and what hedging has cost, for the route's cap."""

from decimal import Decimal

from llm.core.budgets.rules import NANO
from llm.core.calls import Attempt, AttemptReason, Outcome
from llm.core.cost.own import OwnPrices
from llm.core.cost.value import total
from llm.core.routing.hedging import Hedge, TokenPrice, hedge_for, rival_of
from llm.core.routing.whole import comes_whole
from llm.gateway.context import CallContext
from llm.services.calls.record import set_costs
from llm.services.runtime import purse
from llm.stores.budgets.rates import worst_rates
from llm.stores.capacity.here import capacity_store


def choose(context: CallContext, own: OwnPrices) -> Hedge | None:
    """The hedge of the call by its present plan; None for most calls. `own` are the operators' prices."""
    if context.route.hedge_cap is None or len(context.plan.stops) < 2:
        return None
    first, rival = context.plan.stops[0].candidate, rival_of(context.plan)
    pair = [first] if rival is None else [first, rival]
    at = context.call.started_at
    rates = {one.name: worst_rates(one.kind, one.model, at, provider=one.name, own=own) for one in pair}
    request = context.request
    hedge = hedge_for(
        context.plan,
        request,
        route=context.route,
        input_tokens=context.input_tokens,
        whole=(request.max_tokens or first.max_tokens)
        if comes_whole(request, first, stream=context.call.stream)
        else None,
        capacities=capacity_store.read(),
        prices={
            name: TokenPrice(input_nano=rate.input_nano, output_nano=rate.output_nano)
            for name, rate in rates.items()
            if rate is not None
        },
    )
    return hedge if isinstance(hedge, Hedge) else None


def book(context: CallContext) -> None:
    """Counts the call that has ended on the route's purse."""
    set_costs(context)
    attempts = context.trail.trail.attempts
    extra = _extra_nano(attempts, context.hedge)
    taken = context.hedge if any(attempt.reason is AttemptReason.HEDGE for attempt in attempts) else None
    purse.book(context.route.name, taken, base_nano=_nano(*attempts) - extra, extra_nano=extra)


def _extra_nano(attempts: tuple[Attempt, ...], hedge: Hedge | None) -> int:
    """What the attempt in vain cost, and how much dearer the answer was where the second provider gave it."""
    second = next((attempt for attempt in attempts if attempt.reason is AttemptReason.HEDGE), None)
    if second is None or hedge is None:
        return 0
    in_vain = _nano(*(one for one in attempts if one.outcome is Outcome.HEDGED))
    if second.outcome is Outcome.FAILED:
        return in_vain + _nano(second)
    if second.outcome is not Outcome.OK or not in_vain:
        return in_vain
    tokens = second.usage.input, second.usage.output
    return in_vain + max(0, int(hedge.second_price.of(*tokens) - hedge.first_price.of(*tokens)))


def _nano(*attempts: Attempt) -> int:
    """Billionths of a US dollar; an attempt without a known price counts nothing."""
    return int((total(one.cost.usd for one in attempts if one.cost) or Decimal(0)) * NANO)
