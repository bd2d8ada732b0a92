"""The fields of bounds on screens: lists are written with commas."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from llm.admin.base import RightsAdmin
from llm.models.rights import BOUNDS, Bounded


class CommaList(forms.CharField):
    """A list of texts, written with commas."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        super().__init__(**{**kwargs, "widget": UnfoldAdminTextInputWidget, "required": False, "empty_value": []})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [text.strip() for text in (value or "").split(",") if text.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class BoundsAdmin(RightsAdmin):
    """A screen of rows with bounds."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.JSONField):
            return db_field.formfield(form_class=CommaList, help_text=_("With commas between. Empty: all."))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("bounds"))
    def bounds(self, obj: Bounded) -> str:
        """What binds, in one line."""
        fields = [name for name in BOUNDS if hasattr(obj, name)]
        binding = [name for name in fields if getattr(obj, name) not in ([], None, True)]
        return ", ".join(f"{name}: {_shown(getattr(obj, name))}" for name in binding) or str(_("none"))


def _shown(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


OF_HOLDERS = (_("What their keys may do"), {"fields": BOUNDS})
