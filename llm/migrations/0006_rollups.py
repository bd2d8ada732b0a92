"""Sums of usage by several sets of dimensions, in place of HourlyUsage, whose sums of deleted calls are carried over."""

from datetime import timedelta

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Min

from llm.migrations._group_rights import give

HOUR = timedelta(hours=1)
CUBES = {
    "outcome": ("status",),
    "route": ("route",),
    "vendor": ("provider", "model"),
    "full": ("provider", "model", "route", "status"),
    "who_outcome": ("consumer", "status"),
    "who_route": ("consumer", "route"),
    "who_vendor": ("consumer", "provider", "model"),
}
"""The dimensions of each cube that the old sums know; error classes, keys and teams they do not."""
NUMBERS = ("calls", "answered", "static", "attempts", "input_tokens", "output_tokens", "cost_nano")


def carry_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes sums of the hours before the first call that is kept. All later hours are summed from their calls.

    The old sums tell answered, static and failed calls apart; the others get an empty status. The provider that answered
    gets the attempts, tokens and cost of the whole call, as before.
    """
    database = schema_editor.connection.alias
    old = apps.get_model("llm", "HourlyUsage")._default_manager.using(database).order_by("hour")
    first = apps.get_model("llm", "Call")._default_manager.using(database).aggregate(first=Min("started_at"))["first"]
    if first is not None:
        old = old.filter(hour__lt=first - HOUR)
    sums: dict[tuple[str, ...], list[int]] = {}
    first_hour = last_hour = None
    for row in old.iterator():
        if last_hour is not None and row.hour != last_hour:
            _insert(apps, database, last_hour, sums)
            sums = {}
        first_hour, last_hour = first_hour or row.hour, row.hour
        for status, numbers in _by_status(row):
            for cube, has in CUBES.items():
                key = (
                    cube,
                    *(
                        (status if name == "status" else getattr(row, name)) if name in has else ""
                        for name in ("provider", "model", "route", "consumer", "status")
                    ),
                )
                sums[key] = [a + b for a, b in zip(sums.get(key, [0] * len(NUMBERS)), numbers, strict=True)]
    if last_hour is None:
        return
    _insert(apps, database, last_hour, sums)
    until = last_hour + HOUR
    apps.get_model("llm", "UsageState")._default_manager.using(database).create(
        pk=1, first_hour=first_hour, rolled_until=until, closed_until=until
    )


def _by_status(row):  # type: ignore[no-untyped-def]
    """An old row's numbers by status. Tokens and cost are not told apart by it and stand with the first."""
    other = row.calls - row.answered - row.static - row.failed
    spent = (row.attempts, row.input_tokens, row.output_tokens, int((row.cost_usd * 10**9).to_integral_value()))
    for status, calls in (("ok", row.answered), ("static", row.static), ("failed", row.failed), ("", other)):
        if calls:
            answered, static = calls * (status == "ok"), calls * (status == "static")
            yield status, [calls, answered, static, *spent]
            spent = (0, 0, 0, 0)


def _insert(apps, database, hour, sums):  # type: ignore[no-untyped-def]
    model = apps.get_model("llm", "UsageSum")
    names = ("cube", "provider", "model", "route", "consumer", "status")
    model._default_manager.using(database).bulk_create(
        model(
            grain="hour", start=hour, **dict(zip(names, key, strict=True)), **dict(zip(NUMBERS, numbers, strict=True))
        )
        for key, numbers in sums.items()
    )


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    view = [("usagesum", "view")]
    give(apps, schema_editor.connection.alias, {"Operators": view, "Administrators": view})


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0005_cost"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaleDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StaleHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "hour", "writer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("writer", models.CharField(max_length=32)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsageState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("first_hour", models.DateTimeField(null=True)),
                ("rolled_until", models.DateTimeField(null=True)),
                ("closed_until", models.DateTimeField(null=True)),
                ("zone", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsageSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cube", models.CharField(max_length=16)),
                ("grain", models.CharField(max_length=4)),
                ("start", models.DateTimeField()),
                ("tests", models.BooleanField(default=False)),
                ("provider", models.CharField(blank=True, max_length=64)),
                ("model", models.CharField(blank=True, max_length=128)),
                ("route", models.CharField(blank=True, max_length=64)),
                ("consumer", models.CharField(blank=True, max_length=200)),
                ("key_id", models.CharField(blank=True, max_length=36)),
                ("team", models.CharField(blank=True, max_length=64)),
                ("status", models.CharField(blank=True, max_length=16)),
                ("error_class", models.CharField(blank=True, max_length=32)),
                ("calls", models.BigIntegerField(default=0)),
                ("answered", models.BigIntegerField(default=0)),
                ("static", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("cancelled", models.BigIntegerField(default=0)),
                ("fallbacks", models.BigIntegerField(default=0)),
                ("attempts", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("unpriced", models.BigIntegerField(default=0)),
                ("input_tokens", models.BigIntegerField(default=0)),
                ("output_tokens", models.BigIntegerField(default=0)),
                ("cached_tokens", models.BigIntegerField(default=0)),
                ("cache_written_tokens", models.BigIntegerField(default=0)),
                ("reasoning_tokens", models.BigIntegerField(default=0)),
                ("cost_nano", models.BigIntegerField(default=0)),
                ("latency", models.BinaryField(null=True)),
                ("first_token", models.BinaryField(null=True)),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
                "ordering": ["-start"],
            },
        ),
        migrations.AddIndex(
            model_name="usagesum",
            index=models.Index(fields=["cube", "grain", "start"], name="usage_of_a_period"),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
        migrations.DeleteModel(
            name="HourlyUsage",
        ),
    ]
