"""`manage.py llm_route`: lists the rules that choose routes, and explains which one a request would take."""

import argparse
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from llm.core.routing.rules import Request
from llm.management.base import Error, Exit, LLMCommand
from llm.management.show import table
from llm.models import RouteRule
from llm.services.access.rights import Need, Right
from llm.services.calls.use_case import hour_of
from llm.services.routes.explained import MISSED, Explained, explain

TITLES = ("position", "rule", "asked", "route", "conditions")
CONDITIONS = (
    *("endpoints", "consumers", "teams", "tags", "languages", "min_tokens", "max_tokens"),
    *("tools", "images", "from_hour", "to_hour"),
)


class Command(LLMCommand):
    help = "Rules that choose a route by what a request is, and which route a request would take."
    need = Need(Right.VIEW, RouteRule)
    examples = (
        "  manage.py llm_route list\n"
        "  manage.py llm_route explain --endpoint chat --team shop --tag nightly --tokens 20000 --tools --at 23:30"
    )

    def arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|explain")
        actions.add_parser("list", help="All rules, in the order in which they are looked at.")
        one = actions.add_parser("explain", help="Which route a request would take, and why. Sends nothing.")
        one.add_argument("--route", default="default", help="The route that the caller asks (default: default).")
        one.add_argument("--endpoint", default="", help="chat, messages, suggestions or conversations.")
        one.add_argument("--consumer", default="", help="Name of the consumer.")
        one.add_argument("--team", default="", help="Name of its team.")
        one.add_argument("--tag", action="append", default=[], help="A tag of the call; may be given several times.")
        one.add_argument("--language", default="", help="fr or en.")
        one.add_argument("--tokens", type=int, default=0, help="Tokens of input.")
        one.add_argument("--tools", action="store_true", help="The request has tools.")
        one.add_argument("--images", action="store_true", help="The request has images.")
        one.add_argument("--at", metavar="HH:MM", help="Time of day in LLM_TIME_ZONE (default: now).")
        for action in actions.choices.values():
            action.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print JSON in place of text."
            )

    def run(self, options: argparse.Namespace) -> Exit:
        {"list": self.list, "explain": self.explain}[options.action](options)
        return Exit.OK

    def list(self, options: argparse.Namespace) -> None:
        rows = list(RouteRule.objects.select_related("route"))
        lines = [
            (
                str(row.position),
                row.name if row.enabled else f"{row.name} (off)",
                row.asked_route,
                row.route.name,
                _conditions(row),
            )
            for row in rows
        ]
        value = [{"name": row.name, "position": row.position, "enabled": row.enabled, "rule": row.rule} for row in rows]
        self.show(options, value=value, text=table(TITLES, lines) if lines else "No rules: calls take the route asked.")

    def explain(self, options: argparse.Namespace) -> None:
        request = Request(
            route=options.route,
            endpoint=options.endpoint,
            consumer=options.consumer,
            team=options.team,
            tags=tuple(options.tag),
            language=options.language,
            input_tokens=options.tokens,
            tools=options.tools,
            images=options.images,
            hour=_hour(options.at),
        )
        found = explain(request)
        self.show(options, value=found, text=_summary(found))


def _hour(text: str | None) -> float:
    """Raises Error for what is no time of day."""
    if text is None:
        return hour_of(timezone.now())
    try:
        time = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise Error(f"--at: {text!r} is no time of day, such as 14:30.") from None
    return time.hour + time.minute / 60


def _conditions(row: RouteRule) -> str:
    asked = ((name, getattr(row, name)) for name in CONDITIONS)
    return ", ".join(f"{name}: {_shown(value)}" for name, value in asked if value not in (None, [])) or "none"


def _shown(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _summary(found: Explained) -> str:
    choice = found.choice
    why = f"by the rule {choice.rule}" if choice.rule else "as asked: no rule fits"
    lines = [
        f"Route {choice.route}, {why}.",
        f"Order: {', '.join(found.providers) or 'no providers'}. Deadline: {found.deadline_s:g} s.",
    ]
    languages = ", ".join(found.static_languages)
    lines.append(f"Static text of its own: {languages}." if languages else "No static text of its own.")
    lines += [f"  - {name} {MISSED[miss]}" for name, miss in choice.misses]
    return "\n".join(lines)
