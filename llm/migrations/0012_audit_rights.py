"""Operators and Administrators may view the record of changes."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    types = apps.get_model("contenttypes", "ContentType")._default_manager.using(database)
    rows = apps.get_model("auth", "Permission")._default_manager.using(database)
    content_type, _ = types.get_or_create(app_label="auditlog", model="logentry")
    row, _ = rows.get_or_create(
        content_type=content_type, codename="view_logentry", defaults={"name": "Can view log entry"}
    )
    for group in (
        apps.get_model("auth", "Group")
        ._default_manager.using(database)
        .filter(name__in=("Operators", "Administrators"))
    ):
        group.permissions.add(row)


class Migration(migrations.Migration):
    dependencies = [("llm", "0011_consumers"), ("auditlog", "0017_add_actor_email")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
