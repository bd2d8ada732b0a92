"""Who answered a dialogue's last turn, and when, as far as this worker has seen it.

Where a dialogue goes does not depend on it, but for one thing: after ten idle minutes the prefix counts as gone.
"""

from collections import OrderedDict
from dataclasses import replace

from llm.core.routing.dialogue import Dialogue, dialogue_of
from llm.core.routing.plan import Plan
from llm.gateway.context import CallContext

KEPT = 20_000
"""Dialogues kept; about 4 MB. The one that was idle longest is forgotten first."""

_turns: OrderedDict[bytes, tuple[str, float]] = OrderedDict()


def current(context: CallContext, now_s: float) -> Dialogue | None:
    """The call's dialogue; None where its route is not sticky. `now_s` is on the monotonic clock."""
    if not context.route.sticky:
        return None
    dialogue = dialogue_of(context.request, consumer=context.call.caller.consumer)
    turn = _turns.get(dialogue.key)
    return dialogue if turn is None else replace(dialogue, last=turn[0], idle_s=now_s - turn[1])


def note(plan: Plan, provider: str, now_s: float) -> None:
    """Remembers that `provider` has just answered a turn of the plan's dialogue."""
    if plan.order is None or plan.order.dialogue is None:
        return
    key = plan.order.dialogue.key
    _turns[key] = (provider, now_s)
    _turns.move_to_end(key)
    if len(_turns) > KEPT:
        _turns.popitem(last=False)


def forget() -> None:
    """Forgets all, as a new worker."""
    _turns.clear()
