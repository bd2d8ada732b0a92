"""The screens of Django's users and groups, in unfold's style."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)


def permission_label(permission: Permission) -> str:
    """App, table and permission in the reader's language. Django stores the English sentence."""
    options = apps.get_model(permission.content_type.app_label, permission.content_type.model)._meta
    what, app = options.verbose_name, options.app_config.verbose_name
    match permission.codename.removesuffix(f"_{options.model_name}"):
        case "add":
            text = _("can add")
        case "change":
            text = _("can change")
        case "delete":
            text = _("can delete")
        case "view":
            text = _("can view")
        case _:
            text = _(dict(options.permissions).get(permission.codename, permission.name))
    return f"{app} | {what} | {text}"


class _WithPermissions(ModelAdmin):
    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None and db_field.remote_field.model is Permission:
            tables = ContentType.objects.get_for_models(*apps.get_models()).values()
            field.queryset = field.queryset.filter(content_type__in=list(tables))  # without tables that are gone
            field.label_from_instance = permission_label
        return field


@admin.register(User)
class UserAdmin(_WithPermissions, BaseUserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(_WithPermissions, BaseGroupAdmin):
    pass
