"""`manage.py llm_whatif`: what the recorded calls would have come to without one provider."""

import argparse
from datetime import timedelta

from django.core.management.base import CommandParser

from llm.core.routing.whatif import WhatIf
from llm.management.base import Exit, LLMCommand
from llm.management.durations import duration
from llm.management.show import milliseconds, percent, table
from llm.services.whatif import Replay, what_if

TITLES = ("would answer", "calls", "success in period", "median")
DOLLARS = "${:.4f}"


class Command(LLMCommand):
    help = (
        "Replays the recorded calls through the planner with one provider gone: who would have answered, how much "
        "slower, at what cost, and how many callers would have got the static answer. Asks no vendor, changes nothing."
    )
    examples = "  manage.py llm_whatif --down claude\n  manage.py llm_whatif --down claude --last 7d --json"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--down", required=True, metavar="NAME", help="The provider that is gone.")
        parser.add_argument(
            "--last",
            type=duration,
            default=timedelta(hours=1),
            metavar="1h",
            help="The period, back from now: a number with d, h, m or s (default: 1h).",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        found = what_if(options.down, last=options.last)
        self.show(options, value=found, text=story(found))
        return Exit.OK


def story(found: Replay) -> str:
    """The result for a terminal, with what is estimated at its end."""
    result = found.result
    period = f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{calls(result.calls)} from {period}; {result.down} answered {result.moved} of them.",
        *(["Only the latest calls of the period are replayed."] if found.cut_off else []),
        "",
        *(moved(found) if result.moved else [f"Without {result.down} nothing would have been answered otherwise."]),
    ]
    if result.spared_ms is not None:
        lines.append(
            f"{calls(result.spared)} that asked {result.down} in vain would have ended the same way, "
            f"{milliseconds(result.spared_ms)} sooner (measured)."
        )
    lines += ["", "Estimated:", *(f"  - {line}" for line in found.estimated)]
    return "\n".join(lines)


def calls(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"


def moved(found: Replay) -> list[str]:
    """What becomes of the calls that the provider answered."""
    result = found.result
    rows = [
        (
            one.provider,
            f"{one.calls:.1f}",
            f"{percent(one.evidence.rate)} of {one.evidence.tries}" if one.evidence.tries else "never asked",
            milliseconds(one.evidence.answer_ms),
        )
        for one in result.substitutes
    ]
    static = result.static_after - result.static_before
    lines = [table(TITLES, [*rows, ("static", f"{static:.1f}", "", "")]), ""]
    lines.append(f"Static answers: {result.static_before} as it was, about {result.static_after:.1f} without it.")
    lines.append(latency(result))
    lines.append(cost(result))
    if found.unknown:
        lines.append(f"Never asked in the period, taken to answer always: {', '.join(found.unknown)}.")
    return lines


def latency(result: WhatIf) -> str:
    if result.added_ms is None:
        return "Added latency: unknown; no substitute answered in the period."
    slower = f"{result.added_ms:+.0f} ms a call in the mean"
    return f"Added latency: {slower}, over the {result.timed:.1f} calls for which it can be told."


def cost(result: WhatIf) -> str:
    before, after = DOLLARS.format(result.cost_before_usd), DOLLARS.format(result.cost_after_usd)
    unpriced = f"; {result.unpriced:.1f} calls without a listed price are not in it" if result.unpriced else ""
    return f"Cost of these calls: {before} as it was, about {after} without it{unpriced}."
