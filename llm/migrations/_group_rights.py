"""Gives the rights to new tables to the groups, for migrations. No migration itself: Django skips names with `_`."""

from collections.abc import Iterable, Mapping

from django.apps.registry import Apps


def give(apps: Apps, database: str, rights: Mapping[str, Iterable[tuple[str, str]]]) -> None:
    """Adds to each group (by name) its rights: model of `llm` and action, such as ("wallet", "view").

    A group that operators have deleted or renamed is left out. The permissions' rows are made here, since Django
    makes them after all migrations, and keeps what it finds.
    """
    types = apps.get_model("contenttypes", "ContentType")._default_manager.using(database)
    rows = apps.get_model("auth", "Permission")._default_manager.using(database)
    groups = apps.get_model("auth", "Group")._default_manager.using(database)
    for name, permissions in rights.items():
        group = groups.filter(name=name).first()
        for model, action in permissions if group is not None else ():
            content_type, _ = types.get_or_create(app_label="llm", model=model)
            title = f"Can {action} {apps.get_model('llm', model)._meta.verbose_name_raw}"
            row, _ = rows.get_or_create(
                content_type=content_type, codename=f"{action}_{model}", defaults={"name": title}
            )
            group.permissions.add(row)
