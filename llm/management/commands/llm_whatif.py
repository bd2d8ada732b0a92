"""`manage.py llm_whatif`: replays the recorded calls without one provider, or under another strategy."""

import argparse
from datetime import timedelta

from django.core.management.base import CommandParser

from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.whatif import WhatIf
from llm.management.base import Exit, LLMCommand
from llm.management.durations import duration
from llm.management.show import milliseconds, percent, table
from llm.models import Call
from llm.services.access.rights import Need, Right
from llm.services.whatif import Replay, StrategyReplay, what_if, what_if_strategy

TITLES = ("would answer", "calls", "success in period", "median")
DOLLARS = "${:.4f}"


class Command(LLMCommand):
    help = (
        "Replays the recorded calls through the planner without one provider, or under another strategy: who would "
        "have answered, how much slower, at what cost, and how many callers would have got the static answer. "
        "Sends no request to a vendor and changes nothing."
    )
    need = Need(Right.VIEW, Call)
    examples = "  manage.py llm_whatif --down claude\n  manage.py llm_whatif --down claude --last 7d --json\n"
    examples += "  manage.py llm_whatif --strategy cost --last 1d"

    def arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--down", metavar="NAME", help="The provider to leave out.")
        what.add_argument(
            "--strategy", choices=list(map(str, Strategy)), help="The strategy that all routes have in the replay."
        )
        parser.add_argument(
            "--last",
            type=duration,
            default=timedelta(hours=1),
            metavar="1h",
            help="The period that ends now: a number with d, h, m or s (default: 1h).",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        if options.strategy:
            other = what_if_strategy(Strategy(options.strategy), last=options.last)
            self.show(options, value=other, text=strategy_summary(other))
            return Exit.OK
        replay = what_if(options.down, last=options.last)
        self.show(options, value=replay, text=summary(replay))
        return Exit.OK


def summary(replay: Replay) -> str:
    """The result for a terminal, with the assumptions behind it at the end."""
    result = replay.result
    period = f"{replay.since:%Y-%m-%d %H:%M} to {replay.until:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{calls(result.calls)} from {period}; {result.down} answered {result.moved} of them.",
        *(["The period has too many calls; only the latest are replayed."] if replay.cut_off else []),
        "",
        *(moved(replay) if result.moved else [f"Without {result.down} every answer would have been the same."]),
    ]
    if result.spared_ms is not None:
        lines.append(
            f"{calls(result.spared)} with a failed attempt at {result.down} would have ended the same way, "
            f"{milliseconds(result.spared_ms)} sooner (measured)."
        )
    lines += ["", "Estimated:", *(f"  - {line}" for line in replay.estimated)]
    return "\n".join(lines)


def strategy_summary(replay: StrategyReplay) -> str:
    """The replay under another strategy for a terminal."""
    result = replay.result
    name = result.strategy.value
    lines = [
        f"{calls(result.calls)} answered from {replay.since:%Y-%m-%d %H:%M} to {replay.until:%Y-%m-%d %H:%M} UTC; "
        f"under {name} {result.moved} of them would go elsewhere first.",
        *(["The period has too many calls; only the latest are replayed."] if replay.cut_off else []),
    ]
    if result.calls:
        rows = [(shift.provider, str(shift.before), f"{shift.after:.1f}") for shift in result.shifts]
        before, after = DOLLARS.format(result.cost_before_usd), DOLLARS.format(result.cost_after_usd)
        added = "unknown" if result.added_ms is None else f"{result.added_ms:+.0f} ms per moved call on average"
        lines += ["", table(("provider", "answered", f"under {name}"), rows), ""]
        lines.append(f"Cost: {before} recorded, about {after} under {name}.")
        if result.unpriced or result.unpriced_before:
            lines.append(
                f"Without a known price, and not included: {calls(result.unpriced_before)} before, "
                f"about {result.unpriced:.1f} under {name}."
            )
        lines.append(f"Added latency: {added}.")
        if result.static:
            lines.append(f"Static answers in their place: about {result.static:.1f}.")
    return "\n".join([*lines, "", "Estimated:", *(f"  - {line}" for line in replay.estimated)])


def calls(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"


def moved(replay: Replay) -> list[str]:
    """Lines about the calls that the provider answered: substitutes, static answers, latency, cost."""
    result = replay.result
    rows = [
        (
            item.provider,
            f"{item.calls:.1f}",
            f"{percent(item.evidence.rate)} of {item.evidence.tries}" if item.evidence.tries else "never asked",
            milliseconds(item.evidence.answer_ms),
        )
        for item in result.substitutes
    ]
    static = result.static_after - result.static_before
    lines = [table(TITLES, [*rows, ("static", f"{static:.1f}", "", "")]), ""]
    lines.append(
        f"Static answers: {result.static_before} recorded, about {result.static_after:.1f} without {result.down}."
    )
    lines.append(latency(result))
    lines.append(cost(result))
    if replay.unknown:
        lines.append(f"Never asked in the period, assumed to answer always: {', '.join(replay.unknown)}.")
    return lines


def latency(result: WhatIf) -> str:
    if result.added_ms is None:
        return "Added latency: unknown; no substitute answered in the period."
    return (
        f"Added latency: {result.added_ms:+.0f} ms per call on average, over {result.timed:.1f} calls with known times."
    )


def cost(result: WhatIf) -> str:
    before, after = DOLLARS.format(result.cost_before_usd), DOLLARS.format(result.cost_after_usd)
    recorded = f" (and {calls(result.unpriced_before)} unpriced)" if result.unpriced_before else ""
    unpriced = f"; {result.unpriced:.1f} calls without a known price are not included" if result.unpriced else ""
    return f"Cost of these calls: {before} recorded{recorded}, about {after} without {result.down}{unpriced}."
