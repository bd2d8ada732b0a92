"""Two permissions for operators, and the groups Operators and Administrators."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

OPERATE = ("operate_provider", "Can test, reset, control and probe providers")
VIEW_CONTENT = ("view_content", "Can view kept prompts and answers")

SEEN = (
    "alert", "alertdelivery", "alertledger", "attempt", "call", "circuit", "circuitevent", "configversion",
    "consumerkey", "hourlyusage", "override", "provider", "route", "routeentry", "statictext",
)  # fmt: skip
"""Models of the gateway that operators view; kept answers to repeated requests are not among them."""
CONFIGURED = ("provider", "route", "routeentry", "statictext")


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes each group unless one of its name exists; an existing one keeps what operators gave it."""
    operators = [("llm", model, f"view_{model}") for model in SEEN]
    operators.append(("llm", "provider", OPERATE[0]))
    administrators = [
        *operators,
        *(("llm", model, f"{action}_{model}") for model in CONFIGURED for action in ("add", "change", "delete")),
        ("llm", "consumerkey", "add_consumerkey"),
        ("llm", "consumerkey", "change_consumerkey"),
        ("llm", "call", VIEW_CONTENT[0]),
        ("auth", "user", "view_user"),  # to choose whom a key is for
    ]
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group")._default_manager.using(database)
    for name, permissions in (("Operators", operators), ("Administrators", administrators)):
        group, created = groups.get_or_create(name=name)
        if created:
            group.permissions.set([_permission(apps, database, *permission) for permission in permissions])


def _permission(apps: Apps, database: str, app: str, model: str, codename: str) -> Model:
    """The permission's row. Django makes these after all migrations, which is too late here, and keeps what it finds."""
    types = apps.get_model("contenttypes", "ContentType")._default_manager.using(database)
    rows = apps.get_model("auth", "Permission")._default_manager.using(database)
    content_type, _ = types.get_or_create(app_label=app, model=model)
    verbose_name = apps.get_model(app, model)._meta.verbose_name_raw
    name = dict((OPERATE, VIEW_CONTENT)).get(codename, f"Can {codename.partition('_')[0]} {verbose_name}")
    row, _ = rows.get_or_create(content_type=content_type, codename=codename, defaults={"name": name})
    return row


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0003_live_tool_calls"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions("provider", {"ordering": ["priority", "name"], "permissions": [OPERATE]}),
        migrations.AlterModelOptions("call", {"ordering": ["-started_at"], "permissions": [VIEW_CONTENT]}),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
