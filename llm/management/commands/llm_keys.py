"""`manage.py llm_keys`: creates and rotates consumer API keys, shows each secret once; lists and revokes them."""

import argparse

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django.utils import timezone

from llm.management.base import Error, Exit, LLMCommand
from llm.management.bounds import add_bounds, bounds_of
from llm.management.durations import duration
from llm.management.show import UNKNOWN, table
from llm.models import Consumer, ConsumerKey, Team
from llm.models.rights import KEY_BOUNDS
from llm.services.access import keys as service
from llm.services.access.consumers import key_state
from llm.services.access.keys import MayNotIssue
from llm.services.access.rights import Need, Right, may
from llm.stores.config import keys
from llm.stores.config.consumers import consumer_of

TITLES = ("id", "consumer", "team", "user", "name", "starts with", "created", "expires", "last used", "state")


class Command(LLMCommand):
    help = (
        "Consumer API keys; each acts for a Django user. "
        "A key is shown once, when it is created; only its digest is stored."
    )
    need = Need(Right.VIEW, ConsumerKey)
    examples = (
        "  manage.py llm_keys create --user admin --name laptop\n"
        "  manage.py llm_keys create --user shop --create-user --expires-in 90d\n"
        "  manage.py llm_keys create --consumer shop --model 'gpt-*' --max-tokens 500 --network 10.0.0.0/8\n"
        "  manage.py llm_keys list --user shop\n"
        "  manage.py llm_keys rotate djb_Ab12.. --grace 24h\n"
        "  manage.py llm_keys revoke djb_Ab12..    (the key's first characters, its id, or the key itself)\n"
        "  manage.py llm_keys revoke --consumer shop    (all of its keys, at once)"
    )

    def arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|rotate|revoke")
        create = actions.add_parser("create", help="Create a key and show it once.")
        whose = create.add_mutually_exclusive_group(required=True)
        whose.add_argument("--user", help="Name of the user that the key acts for; it belongs to that user's consumer.")
        whose.add_argument("--consumer", help="Name of the consumer that gets the key.")
        create.add_argument("--name", default="", help="What the key is for; records show it.")
        create.add_argument("--expires-in", type=duration, metavar="30d", help="Default: never.")
        create.add_argument(
            "--create-user", action="store_true", help="Create the user, without a password, if there is none."
        )
        add_bounds(create, KEY_BOUNDS)
        listing = actions.add_parser("list", help="All keys, newest first.")
        listing.add_argument("--user", help="Only the keys of this user.")
        rotate = actions.add_parser("rotate", help="Give a key a new secret; the one so far stays valid for a while.")
        rotate.add_argument("key", help="Its id, its first characters as listed, or the key itself.")
        rotate.add_argument(
            "--grace", type=duration, metavar="24h", default=keys.GRACE, help="How long. Default: 24h, at most 90d."
        )
        revoke = actions.add_parser("revoke", help="Revoke a key, or all of a consumer or team: refused from now on.")
        revoke.add_argument("key", nargs="?", help="Its id, its first characters as listed, or the key itself.")
        for action in (listing, revoke):
            action.add_argument("--consumer", help="All keys of this consumer.")
            action.add_argument("--team", help="All keys of this team.")
        for action in (create, listing, rotate, revoke):
            # Accepted after the action's name too. A default here would undo a --json before it.
            action.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print JSON in place of text."
            )

    def needed(self, options: argparse.Namespace) -> Need | None:
        rights = {"create": Right.ADD, "list": Right.VIEW, "rotate": Right.CHANGE, "revoke": Right.CHANGE}
        return Need(rights[options.action], ConsumerKey)

    def run(self, options: argparse.Namespace) -> Exit:
        {"create": self.create, "list": self.list, "rotate": self.rotate, "revoke": self.revoke}[options.action](
            options
        )
        return Exit.OK

    def create(self, options: argparse.Namespace) -> None:
        consumer = self._consumer(options)
        expires_at = timezone.now() + options.expires_in if options.expires_in else None
        bounds = bounds_of(options, KEY_BOUNDS, ConsumerKey)
        try:
            row, key = service.issue(
                options.acting_user, consumer, name=options.name, expires_at=expires_at, bounds=bounds
            )
        except MayNotIssue as error:
            raise Error(str(error)) from None
        self._show_once(options, row, key)

    def _consumer(self, options: argparse.Namespace) -> Consumer:
        if options.consumer:
            consumer = Consumer.objects.select_related("user").filter(name=options.consumer).first()
            if consumer is None:
                raise Error(f"There is no consumer named {options.consumer!r}. Make one: llm_consumers create.")
            return consumer
        users, maker = get_user_model().objects, options.acting_user
        user = users.filter(username=options.user).first()
        if user is None and options.create_user:
            if maker is not None and not may(maker, Right.ADD, get_user_model()):
                raise Error(f"{maker} may not create users.")
            user = users.create_user(options.user)
        if user is None:
            raise Error(f"There is no user named {options.user!r}. Add --create-user to create one without a password.")
        try:
            service.judge_maker(maker, user)
        except MayNotIssue as error:
            raise Error(str(error)) from None
        return consumer_of(user)

    def _show_once(self, options: argparse.Namespace, row: ConsumerKey, key: str) -> None:
        self.show(
            options,
            value={**as_shown(row), "key": key},
            text=f"{key}\n\nThe key of {row.consumer}; it is not shown again. Send it as: Authorization: Bearer <key>",
        )

    def list(self, options: argparse.Namespace) -> None:
        shown = [as_shown(row) for row in chosen(options)]
        text = table(TITLES, [tuple(value or UNKNOWN for value in row.values()) for row in shown])
        self.show(options, value={"keys": shown}, text=text if shown else "No keys yet.")

    def rotate(self, options: argparse.Namespace) -> None:
        row = find(options.key)
        if row.revoked_at is not None:
            raise Error(f"This key is revoked: {row}.")
        if options.grace > keys.LONGEST_GRACE:
            raise Error(f"--grace may be at most {keys.LONGEST_GRACE.days} days.")
        try:
            row, key = service.rotate(options.acting_user, row, options.grace)
        except MayNotIssue as error:
            raise Error(str(error)) from None
        self._show_once(options, row, key)

    def revoke(self, options: argparse.Namespace) -> None:
        if options.key and not (options.consumer or options.team):
            row = find(options.key)
            keys.revoke(row)
            self.show(options, value=as_shown(row), text=f"Revoked: {row} of {row.user.get_username()}.")
            return
        if options.key or not (options.consumer or options.team):
            raise Error("Name a key, or --consumer or --team.")
        rows = service.revoke_all(chosen(options))
        text = "\n".join(f"Revoked: {row} of {row.consumer}." for row in rows)
        self.show(options, value={"keys": [as_shown(row) for row in rows]}, text=text or "No key was valid.")


ROWS = ConsumerKey.objects.select_related("user", "consumer__team")


def chosen(options: argparse.Namespace) -> list[ConsumerKey]:
    """The keys that --user, --consumer and --team choose together. Raises Error for a name that does not exist."""
    rows = ROWS.all()
    if options.consumer and not Consumer.objects.filter(name=options.consumer).exists():
        raise Error(f"There is no consumer named {options.consumer!r}.")
    if options.team and not Team.objects.filter(name=options.team).exists():
        raise Error(f"There is no team named {options.team!r}.")
    given = {
        "user__username": getattr(options, "user", None),
        "consumer__name": options.consumer,
        "consumer__team__name": options.team,
    }
    return list(rows.filter(**{field: name for field, name in given.items() if name}))


def find(text: str) -> ConsumerKey:
    """The key with this id, with these first characters as listed, or the key itself. Raises Error."""
    rows = ROWS.all()
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
        "consumer": row.consumer.name,
        "team": row.consumer.team.name if row.consumer.team else "",
        "user": row.user.get_username(),
        "name": row.name,
        "prefix": row.prefix,
        "created_at": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{row.expires_at:%Y-%m-%dT%H:%M:%SZ}" if row.expires_at else "",
        "last_used_at": f"{row.last_used_at:%Y-%m-%dT%H:%M:%SZ}" if row.last_used_at else "",
        "state": key_state(row),
    }
