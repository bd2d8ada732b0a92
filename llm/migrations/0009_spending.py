"""Spending rules, and the groups' rights to them."""

import django.core.validators
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import llm.ids
from llm.migrations._group_rights import give

SEEN = (("spendingrule", "view"),)
CHANGED = tuple(("spendingrule", action) for action in ("add", "change", "delete"))


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": SEEN, "Administrators": (*SEEN, *CHANGED)})


class Migration(migrations.Migration):
    dependencies = [("llm", "0008_wallets")]

    operations = [
        migrations.CreateModel(
            name="SpendingRule",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "name",
                    models.SlugField(
                        help_text="As alerts name it: month-of-claude.", max_length=64, unique=True, verbose_name="name"
                    ),
                ),
                (
                    "watch",
                    models.CharField(
                        choices=[
                            ("day", "the day's sum"),
                            ("month", "the month's sum"),
                            ("jump", "an hour beside the week before"),
                        ],
                        verbose_name="watch",
                        max_length=8,
                    ),
                ),
                (
                    "provider",
                    models.SlugField(
                        blank=True, help_text="Empty: all providers.", max_length=64, verbose_name="provider"
                    ),
                ),
                (
                    "route",
                    models.SlugField(blank=True, help_text="Empty: all routes.", max_length=64, verbose_name="route"),
                ),
                (
                    "limit_usd",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="The sum that is told. For a jump: the least that the hour must have cost.",
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="limit, USD",
                    ),
                ),
                (
                    "factor",
                    models.DecimalField(
                        verbose_name="factor",
                        blank=True,
                        decimal_places=2,
                        help_text="For a jump: how many times the same hour of the week before.",
                        max_digits=8,
                        null=True,
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "spending rule",
                "verbose_name_plural": "spending rules",
                "ordering": ["name"],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
