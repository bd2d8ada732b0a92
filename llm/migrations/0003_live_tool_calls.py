"""A route may ask for tool calls in pieces."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llm", "0002_fallback"),
    ]

    operations = [
        migrations.AddField(
            model_name="route",
            name="live_tool_calls",
            field=models.BooleanField(
                default=False,
                help_text="Sends tool calls in pieces. Otherwise each goes out whole, and a stream that breaks inside one starts again at the next provider.",
            ),
        ),
    ]
