"""What attempts used, part by part, what it cost, and the operators' own prices."""

import django.core.validators
import llm.ids
import llm.kinds
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from llm.migrations._group_rights import give

RIGHTS = (("modelprice", "view"),)
CHANGES = (("modelprice", "add"), ("modelprice", "change"), ("modelprice", "delete"))


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": RIGHTS, "Administrators": (*RIGHTS, *CHANGES)})


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0004_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelPrice",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "provider",
                    models.SlugField(blank=True, help_text="One provider; empty: all of the kind.", max_length=64),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True, choices=llm.kinds.kind_choices, help_text="Empty with a provider.", max_length=32
                    ),
                ),
                ("model", models.CharField(help_text="The model that is asked, or that answers.", max_length=128)),
                ("valid_from", models.DateField(help_text="The first day, in UTC.")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="The day after the last one; empty: until further.", null=True
                    ),
                ),
                (
                    "input",
                    models.DecimalField(
                        decimal_places=8,
                        help_text="US dollars a million tokens.",
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "output",
                    models.DecimalField(
                        decimal_places=8,
                        help_text="US dollars a million tokens, reasoning included.",
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "cache_read",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as input.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "cache_write_5m",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as input.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "cache_write_1h",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as writes for five minutes.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "input_audio",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as input.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "output_audio",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as output.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "input_image",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as input.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "output_image",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="Empty: as output.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "web_searches",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="US dollars a thousand searches; empty: unknown.",
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                ("note", models.CharField(blank=True, help_text="Where the price comes from.", max_length=200)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "own price",
                "verbose_name_plural": "own prices",
                "ordering": ["model", "provider", "kind", "-valid_from"],
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="answered_model",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cache_written_1h_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cache_written_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cost_parts",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="input_audio_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="input_image_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="output_audio_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="output_image_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="price_version",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="attempt",
            name="region",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="attempt",
            name="reported",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="tier",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="attempt",
            name="units",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="attempt",
            name="unpriced",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="call",
            name="cache_written_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="call",
            name="team",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="call",
            name="unpriced_attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
