"""`manage.py llm_consumers`: makes, lists, changes and removes consumers, and teams of them with `--teams`."""

import argparse
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import IntegrityError
from django.db.models import RestrictedError

from llm.management.base import Error, Exit, LLMCommand
from llm.management.bounds import add_bounds, bounds_of
from llm.management.show import UNKNOWN, table
from llm.models import Consumer, Team
from llm.models.rights import BOUNDS
from llm.services.access.keys import MayNotIssue, judge_maker
from llm.services.access.rights import Need, Right
from llm.stores.config import consumers
from llm.stores.config.consumers import NameTaken

RIGHTS = {"create": Right.ADD, "list": Right.VIEW, "change": Right.CHANGE, "delete": Right.DELETE}
TITLES = {Consumer: ("name", "team", "user", "keys", "state", "note"), Team: ("name", "consumers", "note")}


class Command(LLMCommand):
    help = "Consumers, who hold keys, and with --teams the teams of consumers. Their bounds hold for all their keys."
    need = Need(Right.VIEW, Consumer)
    examples = (
        "  manage.py llm_consumers --teams create shop --max-tokens 1000\n"
        "  manage.py llm_consumers create checkout --team shop --model 'gpt-*'\n"
        "  manage.py llm_consumers change checkout --disable\n"
        "  manage.py llm_consumers list"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--teams", action="store_true", help="Teams in place of consumers.")
        actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|change|delete")
        listing = actions.add_parser("list", help="All of them by name.")
        create = actions.add_parser("create", help="Make one. A consumer without --user gets a user of its own.")
        change = actions.add_parser("change", help="Change what is given; all else stays.")
        delete = actions.add_parser("delete", help="Remove one that has no keys or members.")
        create.add_argument("--user", help="Name of the user whose rights its keys have.")
        change.add_argument("--disable", dest="enabled", action="store_false", default=None, help="Refuse its keys.")
        change.add_argument("--enable", dest="enabled", action="store_true", default=None, help="Accept them again.")
        for action in (listing, create, change, delete):
            # Accepted after the action's name too. A default here would undo a --json before it.
            action.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print JSON in place of text."
            )
        for action in (create, change, delete):
            action.add_argument("name")
        for action in (create, change):
            action.add_argument("--team", help="Name of its team; empty for none.")
            action.add_argument("--note", help="A line for people.")
            add_bounds(action, BOUNDS)

    def needed(self, options: argparse.Namespace) -> Need | None:
        return Need(RIGHTS[options.action], Team if options.teams else Consumer)

    def run(self, options: argparse.Namespace) -> Exit:
        model = Team if options.teams else Consumer
        rows = [*getattr(self, options.action)(options, model)]
        shown = [as_shown(row) for row in rows]
        text = table(TITLES[model], [tuple(value or UNKNOWN for value in row.values()) for row in shown])
        name = "teams" if options.teams else "consumers"
        self.show(options, value={name: shown}, text=text if shown else f"No {name} yet.")
        return Exit.OK

    def list(self, options: argparse.Namespace, model: type[Any]) -> Any:
        return model.objects.all()

    def create(self, options: argparse.Namespace, model: type[Any]) -> Any:
        given = self._given(options, model)
        if model.objects.filter(name=options.name).exists():
            raise Error(f"The name {options.name!r} is taken.")
        row = model(name=options.name, **given)
        _validate(row, leave_out=["user"])
        if model is Team:
            row.save()
            return [row]
        user = None
        if options.user:
            user = get_user_model().objects.filter(username=options.user).first()
            if user is None:
                raise Error(f"There is no user named {options.user!r}.")
            try:
                judge_maker(options.acting_user, user)
            except MayNotIssue as error:
                raise Error(str(error)) from None
        try:
            made = consumers.create(options.name, user=user, **given)
        except NameTaken:
            raise Error(f"A user named {options.name!r} exists. Name it with --user, or choose another name.") from None
        except IntegrityError:
            raise Error(f"The name {options.name!r} is taken.") from None
        return [made]

    def change(self, options: argparse.Namespace, model: type[Any]) -> Any:
        row, given = _find(model, options.name), self._given(options, model)
        if options.enabled is not None and model is Consumer:
            given["enabled"] = options.enabled
        for name, value in given.items():
            setattr(row, name, value)
        _validate(row)
        if given:
            row.save(update_fields=list(given))
        return [row]

    def delete(self, options: argparse.Namespace, model: type[Any]) -> Any:
        row = _find(model, options.name)
        try:
            row.delete()
        except RestrictedError:
            raise Error(f"{options.name} has keys or members. Disable it, or revoke its keys.") from None
        return model.objects.all()

    def _given(self, options: argparse.Namespace, model: type[Any]) -> dict[str, Any]:
        given = bounds_of(options, BOUNDS, model)
        if options.note is not None:
            given["note"] = options.note
        if options.team is not None and model is Consumer:
            given["team"] = _find(Team, options.team) if options.team else None
        return given


def _find(model: type[Any], name: str) -> Any:
    row = model.objects.filter(name=name).first()
    if row is None:
        raise Error(f"There is no {model._meta.verbose_name} named {name!r}.")
    return row


def _validate(row: Any, leave_out: Any = ()) -> None:
    try:
        row.full_clean(exclude=leave_out)
    except ValidationError as error:
        raise Error("; ".join(f"{field}: {' '.join(faults)}" for field, faults in error.message_dict.items())) from None


def as_shown(row: Any) -> dict[str, str]:
    """A consumer or team for JSON and for the table, its columns in the order of TITLES."""
    if isinstance(row, Team):
        return {"name": row.name, "consumers": str(row.consumers.count()), "note": row.note}
    return {
        "name": row.name,
        "team": row.team.name if row.team else "",
        "user": row.user.get_username(),
        "keys": str(row.keys.filter(revoked_at=None).count()),
        "state": "enabled" if row.enabled else "disabled",
        "note": row.note,
    }
