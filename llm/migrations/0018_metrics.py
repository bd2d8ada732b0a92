"""What the metrics count: failovers by who and why, resumed answers, how attempts ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0017_catalogue"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="failover_from",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="call",
            name="failover_why",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="usagesum",
            name="broken_off",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="usagesum",
            name="failover_from",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="usagesum",
            name="failover_why",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="usagesum",
            name="interrupted",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="usagesum",
            name="resumed",
            field=models.BigIntegerField(default=0),
        ),
    ]
