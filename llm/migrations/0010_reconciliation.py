"""Reconciliations, and the groups' rights to them."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import llm.ids
from llm.migrations._group_rights import give

SEEN = (("reconciliation", "view"),)


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": SEEN, "Administrators": SEEN})


def usd(label: str) -> models.DecimalField:
    return models.DecimalField(decimal_places=9, max_digits=20, verbose_name=label)


class Migration(migrations.Migration):
    dependencies = [("llm", "0009_spending")]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("account", models.SlugField(max_length=64, verbose_name="account")),
                ("day", models.DateField(verbose_name="day")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("source", models.CharField(max_length=200)),
                ("ours_usd", usd("ours, USD")),
                ("theirs_usd", usd("the vendor's, USD")),
                ("unexplained_usd", usd("unexplained, USD")),
                ("share", models.FloatField(verbose_name="share")),
                ("differences", models.JSONField(default=list, verbose_name="differences")),
            ],
            options={
                "verbose_name": "reconciliation",
                "verbose_name_plural": "reconciliations",
                "ordering": ["-day", "account"],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "day"), name="one_reconciliation_per_account_day")
                ],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
