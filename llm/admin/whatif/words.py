"""A replay in words: what the calls of a period would have got without one provider."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from llm.admin import formatting
from llm.services.whatif import Replay


def sentence(replay: Replay, period: str) -> str:
    """ "Without openai, of the last hour's 412 calls: 409 to gemini, 3 get the static text; +120 ms, -$0.40"."""
    result = replay.result
    if not result.calls:
        return _("No call was recorded in this period, so nothing can be foretold.")
    head = ngettext(
        "Without %(name)s, of the one call in this period (%(period)s):",
        "Without %(name)s, of the %(calls)s calls in this period (%(period)s):",
        result.calls,
    ) % {"name": result.down, "calls": formatting.whole(result.calls), "period": period}
    if not result.moved:
        return f"{head} {_('every answer is the same.')}"
    return f"{head} {'; '.join(_parts(replay))}."


def _parts(replay: Replay) -> list[str]:
    result = replay.result
    moved = [
        _("%(calls)s to %(name)s") % {"calls": formatting.whole(round(one.calls)), "name": one.provider}
        for one in result.substitutes
        if round(one.calls)
    ]
    static = round(result.static_after - result.static_before)
    if static > 0:
        moved.append(ngettext("%(n)s more static text", "%(n)s more static texts", static) % {"n": static})
    if result.added_ms is not None:
        moved.append(_("%(time)s a call") % {"time": signed_milliseconds(result.added_ms)})
    moved.append(_("%(money)s in all") % {"money": signed_money(result.cost_after_usd - result.cost_before_usd)})
    return moved


def signed_milliseconds(value: float) -> str:
    """ "+120 ms"; "+0 ms" for no difference."""
    return f"{'-' if value < 0 else '+'}{formatting.milliseconds(abs(value))}"


def signed_money(usd: object) -> str:
    """ "+$0.40"."""
    text = formatting.money(usd)
    return text if text.startswith("-") else f"+{text}"
