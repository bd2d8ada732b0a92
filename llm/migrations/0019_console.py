"""The right to the playground with the groups' share of it, and mutes of alerts."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from llm.migrations._group_rights import give

TRIED = (("provider", "try"),)


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": TRIED, "Administrators": TRIED})


class Migration(migrations.Migration):
    dependencies = [("llm", "0018_metrics"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.AlterModelOptions(
            "provider",
            {
                "ordering": ["priority", "name"],
                "permissions": [
                    ("operate_provider", "Can test, reset, control and probe providers"),
                    ("try_provider", "Can ask providers in the playground"),
                ],
            },
        ),
        migrations.AddField("alert", "topic", models.CharField(blank=True, default="", max_length=32), False),
        migrations.AddField("alert", "subject", models.CharField(blank=True, default="", max_length=200), False),
        migrations.AddField("alert", "muted", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="AlertMute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=32)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("until", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("topic", "subject"), name="one_mute_per_subject")],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
