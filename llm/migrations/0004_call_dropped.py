from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("llm", "0003_origin_index")]

    operations = [migrations.AddField("call", "dropped", models.JSONField(default=list))]
