"""Shares of capacity, what providers share their fate by, route rules, and the groups' rights to these."""

import django.core.validators
import django.db.models.deletion
import llm.ids
import llm.models.rights
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from llm.migrations._group_rights import give

SEEN = (("routerule", "view"),)
CHANGED = tuple(("routerule", action) for action in ("add", "change", "delete"))


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": SEEN, "Administrators": (*SEEN, *CHANGED)})


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0013_budgets"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapacityShare",
            fields=[
                ("worker", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("at", models.FloatField(db_index=True)),
                ("share", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="provider",
            name="project",
            field=models.SlugField(
                blank=True,
                help_text="The project or workspace of the account, where several keys are of one: its limits and blocks are shared.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="upstream",
            field=models.SlugField(
                blank=True,
                help_text="What several vendors lead to, such as one host of a model: its refusals for too many requests are shared.",
                max_length=64,
            ),
        ),
        migrations.AlterField(
            model_name="provider",
            name="account",
            field=models.SlugField(
                blank=True,
                help_text="The vendor account whose money it spends, where several providers share one; empty: its own. What ends an account parks all of its providers.",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="RouteRule",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.SlugField(max_length=64, unique=True, verbose_name="name")),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=100, help_text="Lower is looked at first.", verbose_name="position"
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "asked_route",
                    models.SlugField(
                        default="default",
                        help_text="Only calls that ask this route are looked at.",
                        max_length=64,
                        verbose_name="asked route",
                    ),
                ),
                (
                    "endpoints",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="chat, messages, suggestions, conversations; for our own code: its origin.",
                        validators=[llm.models.rights.validate_patterns],
                        verbose_name="endpoints",
                    ),
                ),
                (
                    "consumers",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[llm.models.rights.validate_patterns],
                        verbose_name="consumers",
                    ),
                ),
                (
                    "teams",
                    models.JSONField(
                        blank=True, default=list, validators=[llm.models.rights.validate_patterns], verbose_name="teams"
                    ),
                ),
                (
                    "tags",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="One of the call's tags must fit.",
                        validators=[llm.models.rights.validate_patterns],
                        verbose_name="tags",
                    ),
                ),
                (
                    "languages",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="fr, en",
                        validators=[llm.models.rights.validate_patterns],
                        verbose_name="languages",
                    ),
                ),
                (
                    "min_tokens",
                    models.PositiveIntegerField(
                        blank=True, help_text="Tokens of input.", null=True, verbose_name="smallest size"
                    ),
                ),
                (
                    "max_tokens",
                    models.PositiveIntegerField(
                        blank=True, help_text="Tokens of input.", null=True, verbose_name="largest size"
                    ),
                ),
                ("tools", models.BooleanField(blank=True, null=True, verbose_name="with tools")),
                ("images", models.BooleanField(blank=True, null=True, verbose_name="with images")),
                (
                    "from_hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="In LLM_TIME_ZONE.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="from hour",
                    ),
                ),
                (
                    "to_hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Excluded; may be past midnight.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(24)],
                        verbose_name="to hour",
                    ),
                ),
                (
                    "route",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="llm.route",
                        verbose_name="route",
                    ),
                ),
            ],
            options={
                "verbose_name": "route rule",
                "verbose_name_plural": "route rules",
                "ordering": ["position", "name"],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
