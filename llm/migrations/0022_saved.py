"""What the vendors' caches saved, with each attempt and in the sums of usage. What was recorded before saved nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("llm", "0021_cost_parts")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="saved_usd",
            field=models.DecimalField(decimal_places=9, max_digits=16, null=True),
        ),
        migrations.AddField(model_name="usagesum", name="saved_nano", field=models.BigIntegerField(default=0)),
    ]
