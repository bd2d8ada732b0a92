"""For migrations that bring tables: gives the rights to them to the groups Operators and Administrators."""

from collections.abc import Collection

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OPERATORS, ADMINISTRATORS = "Operators", "Administrators"
BOTH = (OPERATORS, ADMINISTRATORS)


def give(
    apps: Apps, schema_editor: BaseDatabaseSchemaEditor, model: str, actions: Collection[str], groups: Collection[str]
) -> None:
    """Adds the permissions `<action>_<model>` of the gateway to the groups that exist; makes those that are missing.

    Django itself makes permissions after all migrations, which is too late here, and keeps what it finds.
    """
    database = schema_editor.connection.alias
    types = apps.get_model("contenttypes", "ContentType")._default_manager.using(database)
    permissions = apps.get_model("auth", "Permission")._default_manager.using(database)
    content_type, _ = types.get_or_create(app_label="llm", model=model)
    verbose_name = apps.get_model("llm", model)._meta.verbose_name_raw
    for action in actions:
        permission, _ = permissions.get_or_create(
            content_type=content_type,
            codename=f"{action}_{model}",
            defaults={"name": f"Can {action} {verbose_name}"},
        )
        for group in apps.get_model("auth", "Group")._default_manager.using(database).filter(name__in=groups):
            group.permissions.add(permission)


def give_view(apps: Apps, schema_editor: BaseDatabaseSchemaEditor, *models: str) -> None:
    """Both groups may view these models."""
    for model in models:
        give(apps, schema_editor, model, ["view"], BOTH)
