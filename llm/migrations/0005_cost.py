"""What attempts used, part by part, and what it cost."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0004_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="answered_model",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cache_written_1h_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cache_written_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="cost_parts",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="input_audio_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="input_image_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="output_audio_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="output_image_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attempt",
            name="price_version",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="attempt",
            name="region",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="attempt",
            name="reported",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="tier",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="attempt",
            name="units",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="attempt",
            name="unpriced",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="call",
            name="cache_written_tokens",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="call",
            name="team",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="call",
            name="unpriced_attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
