"""Stores whether a call was a fallback and why each attempt was made; fills both for calls recorded before."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REASONS = (
    ("first in line", "first"),
    ("next in line", "fallback"),
    ("half-open trial", "half_open_trial"),
    ("last resort", "last_resort"),
    ("once more", "retry"),
    ("goes on with", "continuation"),
    ("forced closed", "forced_closed"),
    ("after ", "fallback"),
)
"""Beginning of the sentence that was stored -> the code that says the same."""


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call, attempt = apps.get_model("llm", "Call"), apps.get_model("llm", "Attempt")
    for beginning, reason in REASONS:
        attempt.objects.filter(reason="", why__startswith=beginning).update(reason=reason)
    first = attempt.objects.filter(call=models.OuterRef("pk")).order_by("seq")
    answered = call.objects.filter(status="ok").annotate(
        first_provider=models.Subquery(first.values("provider")[:1]),
        first_reason=models.Subquery(first.values("reason")[:1]),
    )
    elsewhere = answered.filter(~models.Q(first_provider=models.F("provider")) | models.Q(first_reason="fallback"))
    call.objects.filter(pk__in=elsewhere.values("pk")).update(fallback=True)


class Migration(migrations.Migration):
    dependencies = [("llm", "0001_initial")]

    operations = [
        migrations.AddField("call", "fallback", models.BooleanField(default=False)),
        migrations.AddField("attempt", "reason", models.CharField(blank=True, max_length=24)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
