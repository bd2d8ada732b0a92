"""The parts of the cost in the sums of usage, and failures by class where the error class is no dimension.

Hours that were summed before have no parts: their cost counts as the rest that no part names. The new cube `who` gets
their sums by consumer and route as they are; days add them up.
"""

from django.db import migrations, models

PARTS = (
    "input_nano",
    "cache_read_nano",
    "cache_write_5m_nano",
    "cache_write_1h_nano",
    "output_nano",
    "reasoning_nano",
    "audio_nano",
    "image_nano",
    "tools_nano",
)
KEPT = (
    "grain", "start", "tests", "consumer", "key_id", "team", "error_class", "calls", "answered", "static", "rejected",
    "cancelled", "fallbacks", "resumed", "attempts", "failed", "broken_off", "interrupted", "unpriced", "input_tokens",
    "output_tokens", "cached_tokens", "cache_written_tokens", "cache_written_1h_tokens", "reasoning_tokens",
    "input_audio_tokens", "output_audio_tokens", "cost_nano", "latency", "first_token",
)  # fmt: skip
EMPTY = ("provider", "model", "route", "status", "failover_from", "failover_why", "failures")
NAMES = ", ".join((*KEPT, *EMPTY, *PARTS))
VALUES = ", ".join((*KEPT, *("''" for _ in EMPTY), *("0" for _ in PARTS)))
COPY = (
    f"INSERT INTO llm_usagesum (cube, {NAMES}) SELECT 'who', {VALUES} "  # noqa: S608  our names
    "FROM llm_usagesum WHERE cube = 'who_route'"
)


class Migration(migrations.Migration):
    dependencies = [("llm", "0020_filters_and_tokens")]

    operations = [
        *(
            migrations.AddField(model_name="usagesum", name=name, field=models.BigIntegerField(default=0))
            for name in PARTS
        ),
        migrations.AddField(model_name="usagesum", name="failures", field=models.TextField(blank=True, default="")),
        migrations.RunSQL(COPY, "DELETE FROM llm_usagesum WHERE cube = 'who'"),
    ]
