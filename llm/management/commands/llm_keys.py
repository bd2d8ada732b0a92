"""`manage.py llm_keys`: creates consumer API keys and shows each once; lists and revokes them."""

import argparse

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django.utils import timezone

from llm.management.base import Error, Exit, LLMCommand
from llm.management.durations import duration
from llm.management.show import UNKNOWN, table
from llm.models import ConsumerKey
from llm.services.rights import Need, Right, may, may_issue_key
from llm.stores.config import keys

TITLES = ("id", "user", "name", "starts with", "created", "expires", "state")


class Command(LLMCommand):
    help = (
        "Consumer API keys; each acts for a Django user. "
        "A key is shown once, when it is created; only its digest is stored."
    )
    need = Need(Right.VIEW, ConsumerKey)
    examples = (
        "  manage.py llm_keys create --user admin --name laptop\n"
        "  manage.py llm_keys create --user shop --create-user --expires-in 90d\n"
        "  manage.py llm_keys list --user shop\n"
        "  manage.py llm_keys revoke djb_Ab12..    (the key's first characters, its id, or the key itself)"
    )

    def arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke")
        create = actions.add_parser("create", help="Create a key and show it once.")
        create.add_argument("--user", required=True, help="Name of the user that the key acts for.")
        create.add_argument("--name", default="", help="What the key is for; records show it.")
        create.add_argument("--expires-in", type=duration, metavar="30d", help="Default: never.")
        create.add_argument(
            "--create-user", action="store_true", help="Create the user, without a password, if there is none."
        )
        listing = actions.add_parser("list", help="All keys, newest first.")
        listing.add_argument("--user", help="Only the keys of this user.")
        revoke = actions.add_parser("revoke", help="Revoke a key: it is refused from now on.")
        revoke.add_argument("key", help="Its id, its first characters as listed, or the key itself.")
        for action in (create, listing, revoke):
            # Accepted after the action's name too. A default here would undo a --json before it.
            action.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print JSON in place of text."
            )

    def needed(self, options: argparse.Namespace) -> Need | None:
        rights = {"create": Right.ADD, "list": Right.VIEW, "revoke": Right.CHANGE}
        return Need(rights[options.action], ConsumerKey)

    def run(self, options: argparse.Namespace) -> Exit:
        {"create": self.create, "list": self.list, "revoke": self.revoke}[options.action](options)
        return Exit.OK

    def create(self, options: argparse.Namespace) -> None:
        users, maker = get_user_model().objects, options.acting_user
        user = users.filter(username=options.user).first()
        if user is None and options.create_user:
            if maker is not None and not may(maker, Right.ADD, get_user_model()):
                raise Error(f"{maker} may not create users.")
            user = users.create_user(options.user)
        if user is None:
            raise Error(f"There is no user named {options.user!r}. Add --create-user to create one without a password.")
        if maker is not None and not may_issue_key(maker, user):
            raise Error("A key has its user's rights: only superusers make keys for other staff.")
        expires_at = timezone.now() + options.expires_in if options.expires_in else None
        row, key = keys.create(user, options.name, expires_at)
        self.show(
            options,
            value={**as_shown(row), "key": key},
            text=f"{key}\n\nThe key of {options.user}; it is not shown again. Send it as: Authorization: Bearer <key>",
        )

    def list(self, options: argparse.Namespace) -> None:
        rows = ConsumerKey.objects.select_related("user")
        if options.user:
            rows = rows.filter(user__username=options.user)
        shown = [as_shown(row) for row in rows]
        text = table(TITLES, [tuple(value or UNKNOWN for value in row.values()) for row in shown])
        self.show(options, value={"keys": shown}, text=text if shown else "No keys yet.")

    def revoke(self, options: argparse.Namespace) -> None:
        row = find(options.key)
        keys.revoke(row)
        self.show(options, value=as_shown(row), text=f"Revoked: {row} of {row.user.get_username()}.")


def find(text: str) -> ConsumerKey:
    """The key with this id, with these first characters as listed, or the key itself. Raises Error."""
    rows = ConsumerKey.objects.select_related("user")
    matches = list(rows.filter(digest=keys.digest(text))) or list(rows.filter(prefix=text[: keys.SHOWN]))
    if not matches:
        matches = [row for row in rows if str(row.id) == text]
    if len(matches) != 1:
        raise Error(f"{'No key matches' if not matches else 'More than one key matches'} {text[: keys.SHOWN]!r}.")
    return matches[0]


def as_shown(row: ConsumerKey) -> dict[str, str]:
    """A key for JSON and for the table, its columns in the order of TITLES."""
    return {
        "id": str(row.id),
        "user": row.user.get_username(),
        "name": row.name,
        "prefix": row.prefix,
        "created_at": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{row.expires_at:%Y-%m-%dT%H:%M:%SZ}" if row.expires_at else "",
        "state": state(row),
    }


def state(row: ConsumerKey) -> str:
    if row.revoked_at:
        return "revoked"
    return "expired" if row.expires_at and row.expires_at <= timezone.now() else "active"
