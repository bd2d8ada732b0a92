"""Indexes of the call log's filters by route and by error class; audio and one-hour cache writes in the sums of usage.

On PostgreSQL with many calls the tables are locked for writers while indexes are built: records wait in the journal.
Hours that were summed before have 0 of the new tokens.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("llm", "0019_console")]

    operations = [
        migrations.AddField(
            model_name="usagesum", name="cache_written_1h_tokens", field=models.BigIntegerField(default=0)
        ),
        migrations.AddField(model_name="usagesum", name="input_audio_tokens", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="usagesum", name="output_audio_tokens", field=models.BigIntegerField(default=0)),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["route", "-started_at"], name="llm_call_by_route"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("error_class", ""), _negated=True),
                fields=["error_class", "-started_at"],
                name="llm_call_by_error",
            ),
        ),
    ]
