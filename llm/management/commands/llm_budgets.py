"""`manage.py llm_budgets`: lists limits and budgets with their state; creates and deletes them."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from llm.management.base import Error, Exit, LLMCommand
from llm.management.show import UNKNOWN, table
from llm.models import Budget, Limit
from llm.services.access.rights import Need, Right
from llm.stores.budgets.state import State, budget_state, limit_states

TITLES = ("name", "of", "unit", "limit", "spent", "reserved", "%", "renews")
AMOUNTS = ("requests_per_minute", "tokens_per_minute", "at_once")
OPTIONS = (
    "scope",
    "target",
    "usd",
    "tokens",
    "span",
    "rolling_hours",
    "zone",
    "at_limit",
    "cheaper_route",
    "unpriced_usd",
)


class Command(LLMCommand):
    help = "Limits and budgets of consumers, with what is spent of them."
    need = Need(Right.VIEW, Budget)
    examples = (
        "  manage.py llm_budgets list\n"
        "  manage.py llm_budgets create everything --usd 200 --span month --zone Europe/Paris\n"
        "  manage.py llm_budgets create shop --scope consumer --target shop --usd 5 --span day --at-limit static\n"
        "  manage.py llm_budgets create calm --scope key --target KEY-ID --requests-per-minute 60\n"
        "  manage.py llm_budgets delete calm"
    )

    def arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|create|delete")
        actions.add_parser("list", help="All limits and budgets with their state.")
        create = actions.add_parser(
            "create", help="Create a budget (--usd or --tokens) or a limit (the other amounts)."
        )
        create.add_argument("name")
        create.add_argument("--scope", choices=Budget.ScopeKind.values, help="Default: all.")
        create.add_argument("--target", help="Name of the team, consumer, tag, route or provider; id of a key.")
        create.add_argument("--usd", type=str, help="Dollars in a window.")
        create.add_argument("--tokens", type=int, help="Tokens in a window.")
        create.add_argument("--span", choices=Budget.Span.values, help="The window. Default: month.")
        create.add_argument("--rolling-hours", type=int, help="With --span rolling.")
        create.add_argument("--zone", help="Time zone of the window, such as Europe/Paris. Default: UTC.")
        create.add_argument("--at-limit", choices=Budget.AtLimit.values, help="Default: refuse.")
        create.add_argument("--cheaper-route", help="With --at-limit route.")
        create.add_argument("--soft", action="store_true", help="Tell operators only.")
        create.add_argument(
            "--unpriced-usd", type=str, help="Price of a million tokens of models without a known price."
        )
        for name in AMOUNTS:
            create.add_argument(f"--{name.replace('_', '-')}", type=int)
        delete = actions.add_parser("delete", help="Delete a limit or a budget by its name.")
        delete.add_argument("name")
        for action in actions.choices.values():
            action.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print JSON in place of text."
            )

    def needed(self, options: argparse.Namespace) -> Need | None:
        rights = {"create": Right.ADD, "list": Right.VIEW, "delete": Right.DELETE}
        return Need(rights[options.action], Budget)

    def run(self, options: argparse.Namespace) -> Exit:
        {"create": self.create, "list": self.list, "delete": self.delete}[options.action](options)
        return Exit.OK

    def list(self, options: argparse.Namespace) -> None:
        now = timezone.now()
        limits, budgets = Limit.objects.all(), Budget.objects.all()
        lines = [_line(row, state) for row in limits for state in limit_states(row, now)]
        lines += [_line(row, budget_state(row, now)) for row in budgets]
        value = {
            "limits": [_as_shown(row, limit_states(row, now)) for row in limits],
            "budgets": [_as_shown(row, [budget_state(row, now)]) for row in budgets],
        }
        self.show(options, value=value, text=table(TITLES, lines) if lines else "No limits and no budgets yet.")

    def create(self, options: argparse.Namespace) -> None:
        values = {name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None}
        amounts = {name: getattr(options, name) for name in AMOUNTS if getattr(options, name) is not None}
        is_limit = bool(amounts)
        if is_limit and (foreign := sorted(set(values) - {"scope", "target"})):
            raise Error(f"--{foreign[0].replace('_', '-')} belongs to a budget, and a limit was asked for.")
        if "unpriced_usd" in values:
            values["unpriced"] = Budget.Unpriced.BOUND
        row: Any = (
            Limit(name=options.name, **values, **amounts)
            if is_limit
            else Budget(name=options.name, soft=options.soft, **values)
        )
        try:
            row.full_clean()
        except ValidationError as error:
            name, texts = next(iter(error.message_dict.items()))
            raise Error(f"{name}: {texts[0]}") from error
        row.save()
        self.show(
            options, value=_as_shown(row, []), text=f"Created: {row}. It is in force within a second in every worker."
        )

    def delete(self, options: argparse.Namespace) -> None:
        for model in (Limit, Budget):
            if model._default_manager.filter(name=options.name).exists():
                row = model._default_manager.get(name=options.name)
                row.delete()
                self.show(options, value={"deleted": options.name}, text=f"Deleted: {options.name}.")
                return
        raise Error(f"There is no limit and no budget named {options.name!r}.")


def _as_shown(row: Limit | Budget, states: Sequence[State]) -> dict[str, Any]:
    """A row for JSON, with its state in every unit."""
    values = {field.name: getattr(row, field.name) for field in row._meta.fields if field.name != "id"}
    shown = {name: str(value) if isinstance(value, Decimal | datetime) else value for name, value in values.items()}
    return {**shown, "state": [_state_shown(state) for state in states]}


def _state_shown(state: State) -> dict[str, Any]:
    return {
        "unit": state.unit,
        "cap": str(state.cap),
        "spent": str(state.spent),
        "reserved": str(state.reserved),
        "percent": state.percent,
        "renews_at": f"{state.renews_at:%Y-%m-%dT%H:%M:%SZ}" if state.renews_at else None,
    }


def _line(row: Limit | Budget, state: State) -> tuple[str, ...]:
    places = 4 if state.unit == "usd" else 0
    return (
        row.name,
        f"{row.scope} {row.target}".strip(),
        state.unit,
        f"{state.cap:.{places}f}",
        f"{state.spent:.{places}f}",
        f"{state.reserved:.{places}f}",
        str(state.percent),
        f"{state.renews_at:%Y-%m-%dT%H:%M:%SZ}" if state.renews_at else UNKNOWN,
    )
