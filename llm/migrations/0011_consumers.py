"""Teams and consumers with their bounds, keys of consumers, tags of calls."""

import django.core.validators
import django.db.models.deletion
import llm.ids
import llm.models.rights
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from llm.migrations._group_rights import give

VIEW = (("team", "view"), ("consumer", "view"))
EDIT = tuple((model, action) for model in ("team", "consumer") for action in ("add", "change", "delete"))


def make_consumers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A consumer for each user with keys, named as the user."""
    database = schema_editor.connection.alias
    consumers = apps.get_model("llm", "Consumer")._default_manager.using(database)
    keys = apps.get_model("llm", "ConsumerKey")._default_manager.using(database)
    users = apps.get_model(settings.AUTH_USER_MODEL)._default_manager.using(database)
    for user in users.filter(pk__in=keys.values("user_id").distinct()):
        keys.filter(user=user).update(consumer=consumers.create(name=user.username, user=user))
    if schema_editor.connection.vendor == "postgresql":
        # The column becomes NOT NULL in this transaction, which PostgreSQL refuses while a foreign key is unchecked.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": VIEW, "Administrators": (*VIEW, *EDIT)})


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0010_reconciliation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "routes",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "providers",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "models",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "endpoints",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_endpoints]),
                ),
                (
                    "networks",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_networks]),
                ),
                (
                    "max_tokens",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                ("streaming", models.BooleanField(default=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("not_after", models.DateTimeField(blank=True, null=True)),
                ("name", models.SlugField(max_length=64, unique=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="call",
            name="tags",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="endpoints",
            field=models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_endpoints]),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="last_used_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="last_used_from",
            field=models.CharField(blank=True, editable=False, max_length=45),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="last_used_secret",
            field=models.CharField(blank=True, editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="max_tokens",
            field=models.PositiveIntegerField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
            ),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="models",
            field=models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="networks",
            field=models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_networks]),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="not_before",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="previous_digest",
            field=models.CharField(blank=True, db_index=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="previous_prefix",
            field=models.CharField(blank=True, editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="previous_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="providers",
            field=models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="rotated_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="routes",
            field=models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="streaming",
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name="Consumer",
            fields=[
                (
                    "routes",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "providers",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "models",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_patterns]),
                ),
                (
                    "endpoints",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_endpoints]),
                ),
                (
                    "networks",
                    models.JSONField(blank=True, default=list, validators=[llm.models.rights.validate_networks]),
                ),
                (
                    "max_tokens",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                ("streaming", models.BooleanField(default=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("not_after", models.DateTimeField(blank=True, null=True)),
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        max_length=150,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\w.@+-]{1,150}\\Z", "May hold letters, digits and @ . + - _ only."
                            )
                        ],
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="llm_consumers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="consumers",
                        to="llm.team",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="consumerkey",
            name="consumer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.RESTRICT, related_name="keys", to="llm.consumer"
            ),
        ),
        migrations.RunPython(make_consumers, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="consumerkey",
            name="consumer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="keys", to="llm.consumer"
            ),
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
