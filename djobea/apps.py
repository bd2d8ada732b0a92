"""The project as an app, for its commands, checks and templates."""

import structlog
from django.apps import AppConfig
from django.conf import settings

log = structlog.get_logger(__name__)


class DjobeaConfig(AppConfig):
    name = "djobea"

    def ready(self) -> None:
        from djobea import checks  # noqa: F401  registers itself

        for line in settings.ENV_FILE.unreadable:
            log.warning("env_line_unreadable", line=line.number, variable=line.name, reason=line.reason)
