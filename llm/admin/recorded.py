"""A recorded change in the reader's language: fields by their names on the screens, values as they were."""

from dataclasses import dataclass

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from llm.admin import formatting

VALUES = {"True": "yes", "False": "no", **dict.fromkeys(("None", "", "[]", "{}"), formatting.UNKNOWN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    field: str
    before: str
    after: str


def changes(entry: LogEntry) -> list[Change]:
    pairs = (entry.changes_dict or {}).items()
    found = [
        Change(field=_name(entry, name), before=_value(pair[0]), after=_value(pair[1]))
        for name, pair in pairs
        if isinstance(pair, list) and len(pair) == 2
    ]
    return [one for one in found if one.before != one.after]  # a new row's empty fields are no changes


def author(entry: LogEntry) -> str:
    return formatting.author(str((entry.additional_data or {}).get("by", "")))


def sentence(entry: LogEntry) -> SafeString:
    """The changes in one line: "Enabled: yes → no". Values are not to be translated."""
    parts = ((one.field, one.before, one.after) for one in changes(entry))
    return format_html_join("; ", '{}: <span translate="no">{} → {}</span>', parts)


def _name(entry: LogEntry, name: str) -> str:
    model = entry.content_type.model_class()
    if model is None:
        return name
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # it is gone since
        return name
    return capfirst(
        str(
            field.related_model._meta.verbose_name_plural
            if field.auto_created and field.is_relation
            else field.verbose_name
        )
    )


def _value(text: object) -> str:
    shown = str(text)
    return _(VALUES[shown]) if shown in VALUES else shown
