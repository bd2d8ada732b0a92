"""Limits and budgets, their ledger, and the groups' rights to them."""

import django.core.validators
import llm.ids
import llm.models.budget
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from llm.migrations._group_rights import give


VIEWED = (("limit", "view"), ("budget", "view"))
CONFIGURED = tuple((model, action) for model in ("limit", "budget") for action in ("view", "add", "change", "delete"))


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": VIEWED, "Administrators": CONFIGURED})


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0012_audit_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.SlugField(max_length=64, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("all", "everything"),
                            ("team", "team"),
                            ("consumer", "consumer"),
                            ("key", "key"),
                            ("tag", "tag"),
                            ("route", "route"),
                            ("provider", "provider"),
                        ],
                        default="all",
                        max_length=16,
                        verbose_name="scope",
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        help_text="Name of the team, consumer, tag, route or provider; id of a key.",
                        max_length=200,
                        verbose_name="of",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "usd",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="USD",
                    ),
                ),
                ("tokens", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "span",
                    models.CharField(
                        choices=[
                            ("day", "a day"),
                            ("week", "a week"),
                            ("month", "a month"),
                            ("rolling", "the last hours"),
                            ("total", "in all"),
                        ],
                        default="month",
                        max_length=8,
                        verbose_name="window",
                    ),
                ),
                (
                    "rolling_hours",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(8784),
                        ],
                    ),
                ),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[llm.models.budget.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "at_limit",
                    models.CharField(
                        choices=[("refuse", "refuse"), ("route", "a cheaper route"), ("static", "static answer")],
                        default="refuse",
                        max_length=8,
                        verbose_name="at the limit",
                    ),
                ),
                ("cheaper_route", models.SlugField(blank=True, max_length=64, verbose_name="cheaper route")),
                (
                    "soft",
                    models.BooleanField(
                        default=False, help_text="Operators are told; no call is stopped.", verbose_name="only tell"
                    ),
                ),
                (
                    "unpriced",
                    models.CharField(
                        choices=[("refuse", "not asked"), ("bound", "charged a price of yours")],
                        default="refuse",
                        max_length=8,
                        verbose_name="models without a price",
                    ),
                ),
                (
                    "unpriced_usd",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="USD, for models without a known price.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price of a million tokens",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.SlugField(max_length=64, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("all", "everything"),
                            ("team", "team"),
                            ("consumer", "consumer"),
                            ("key", "key"),
                            ("tag", "tag"),
                            ("route", "route"),
                            ("provider", "provider"),
                        ],
                        default="all",
                        max_length=16,
                        verbose_name="scope",
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        help_text="Name of the team, consumer, tag, route or provider; id of a key.",
                        max_length=200,
                        verbose_name="of",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "requests_per_minute",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "tokens_per_minute",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "at_once",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LedgerBooking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("call_id", models.UUIDField()),
                ("account", models.CharField(max_length=64)),
                ("slot", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("call_id", "account"), name="one_ledger_booking")],
            },
        ),
        migrations.CreateModel(
            name="LedgerLease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("slot", models.BigIntegerField()),
                ("holder", models.CharField(max_length=36)),
                ("amount", models.BigIntegerField(default=0)),
                ("expires_at", models.FloatField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account", "slot", "holder"), name="one_ledger_lease")],
            },
        ),
        migrations.CreateModel(
            name="LedgerSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("slot", models.BigIntegerField()),
                ("spent", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account", "slot"), name="one_ledger_slot")],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
