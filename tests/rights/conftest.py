"""The world of the permission matrix: everybody, and a row of every kind. Made once a module."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client

from tests.rights.people import Who


@dataclass(kw_only=True)
class World:
    """The users with their keys, and the id of one row by model label."""

    users: dict[Who, Any] = field(default_factory=dict)
    keys: dict[Who, str] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)

    def headers(self, who: Who) -> dict[str, str]:
        return {} if who is Who.ANONYMOUS else {"Authorization": f"Bearer {self.keys[who]}"}

    def browser(self, who: Who) -> Client:
        """A browser in which this person is signed in."""
        client = Client()
        if who is not Who.ANONYMOUS:
            client.force_login(self.users[who])
        return client

    def mend(self) -> None:
        """Makes again what a request has deleted. Called in tests: their settings encrypt stored keys."""
        from conversations.models import Conversation
        from llm.models import (
            Budget,
            Consumer,
            Limit,
            ModelPrice,
            Provider,
            Route,
            RouteRule,
            SpendingRule,
            StaticText,
            Team,
        )
        from llm.services.providers import set_api_key

        answering, created = Provider.objects.get_or_create(name="answering", kind="openai", model="m")
        if created:
            set_api_key(answering, "a-key")
        spare, _ = Provider.objects.get_or_create(
            name="spare", defaults={"kind": "openai", "model": "m", "enabled": False}
        )
        route, _ = Route.objects.get_or_create(name="spare-route")
        text, _ = StaticText.objects.get_or_create(route="spare-route", language="fr", defaults={"text": "Bonjour"})
        price, _ = ModelPrice.objects.get_or_create(
            kind="openai", model="m", defaults={"valid_from": "2026-01-01", "input": 1, "output": 2}
        )
        rule, _ = SpendingRule.objects.get_or_create(name="spare", defaults={"watch": "day", "limit_usd": 9})
        route_rule, _ = RouteRule.objects.get_or_create(name="spare", defaults={"route": route, "tags": ["nobody's"]})
        # For a tag that no request has: they refuse nothing here.
        scope = {"scope": "tag", "target": "nobody's"}
        limit, _ = Limit.objects.get_or_create(name="spare", defaults={**scope, "at_once": 1})
        budget, _ = Budget.objects.get_or_create(name="spare", defaults={**scope, "usd": 1})
        owner = self.users[Who.CONSUMER]
        conversation, _ = Conversation.objects.get_or_create(user=owner, defaults={"title": "Fuite"})
        user, _ = get_user_model().objects.get_or_create(username="somebody")
        group, _ = Group.objects.get_or_create(name="some group")
        team, _ = Team.objects.get_or_create(name="shop")
        holder, _ = Consumer.objects.get_or_create(name="spare", defaults={"user": user})
        rows = (
            ("llm.team", team),
            ("llm.consumer", holder),
            ("auth.user", user),
            ("auth.group", group),
            ("llm.provider", spare),
            ("llm.route", route),
            ("llm.statictext", text),
            ("llm.modelprice", price),
            ("llm.spendingrule", rule),
            ("llm.limit", limit),
            ("llm.routerule", route_rule),
            ("llm.budget", budget),
        )
        self.rows |= {label: row.pk for label, row in (*rows, ("conversations.conversation", conversation))}


def make_groups() -> None:
    """What the migration does, on whatever the database holds."""
    migration = import_module("llm.migrations.0004_rights")
    migration.SEEN = tuple(model for model in migration.SEEN if model != "hourlyusage")  # its table is gone
    later = [
        import_module(f"llm.migrations.{name}")
        for name in (
            "0005_cost",
            "0006_rollups",
            "0008_wallets",
            "0009_spending",
            "0010_reconciliation",
            "0011_consumers",
            "0012_audit_rights",
            "0013_budgets",
            "0014_capacity",
            "0019_console",
        )
    ]
    with connection.schema_editor() as editor:
        migration.make_groups(apps, editor)
        for one in later:
            one.give_rights(apps, editor)


def _people(world: World) -> None:
    from llm.stores.config.keys import create

    make_groups()
    users = get_user_model().objects
    for who in (who for who in Who if who is not Who.ANONYMOUS):
        staff = who not in (Who.CONSUMER, Who.OTHER)
        user = users.create_user(who.name.lower(), password=None, is_staff=staff, is_superuser=who is Who.SUPERUSER)
        world.users[who] = user
        row, world.keys[who] = create(user, name=who)
        world.rows["llm.consumerkey"] = row.pk
    world.users[Who.OPERATOR].groups.set(Group.objects.filter(name="Operators"))
    world.users[Who.ADMINISTRATOR].groups.set(Group.objects.filter(name="Administrators"))


def _records(world: World) -> None:
    from django.utils import timezone

    from llm.models import Call, CircuitEvent, Reconciliation, UsageSum, Wallet, WalletEntry

    now = timezone.now()
    call = Call.objects.create(request_id="r-1", started_at=now, route="default", origin="chat", status="ok")
    event = CircuitEvent.objects.create(provider="spare", at=now, before="open", after="closed")
    usage = UsageSum.objects.create(cube="vendor", grain="day", start=now)
    wallet = Wallet.objects.create(account="spare")
    entry = WalletEntry.objects.create(wallet=wallet, at=now, kind="declared", amount=5, by="ada")
    books = Reconciliation.objects.create(
        account="spare", day=now.date(), at=now, ours_usd=1, theirs_usd=1, unexplained_usd=0, share=0
    )
    world.rows |= {"llm.reconciliation": books.pk}
    world.rows |= {"llm.wallet": wallet.pk, "llm.walletentry": entry.pk}
    world.rows |= {"llm.call": call.pk, "llm.circuitevent": event.pk, "llm.usagesum": usage.pk}


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database without a transaction a test: what is committed stays for the module, and is flushed after it.

    The name tells pytest-django that the tests want a database.
    """
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)
        connection.close()


@pytest.fixture(scope="module")
def world(db: None) -> Iterator[World]:
    """Committed, so that the gateway's own threads see it. Logs nothing: a walk makes a thousand refusals."""
    made = World()
    _people(made)
    _records(made)
    logging.disable()
    yield made
    logging.disable(logging.NOTSET)
