"""The Django app: loads the checks and the signals."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LLMConfig(AppConfig):
    name = "llm"
    verbose_name = "LLM gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from llm import checks  # noqa: F401  registers itself; settings are not ready at import time
        from llm.alerts import checks as alert_checks  # noqa: F401  registers itself
        from llm.stores import audit
        from llm.stores.config import changes
        from llm.stores.config import checks as key_checks  # noqa: F401  registers itself

        changes.connect()
        audit.connect()
        post_migrate.connect(_make_partitions, sender=self)


def _make_partitions(using: str, **kwargs: Any) -> None:
    from django.db import DEFAULT_DB_ALIAS

    from llm.stores.partitions.ahead import make_ahead

    if using == DEFAULT_DB_ALIAS:
        make_ahead()
