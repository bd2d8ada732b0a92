"""The project as an app, for its commands, checks and templates."""

import tempfile

import structlog
from django.apps import AppConfig, apps
from django.conf import settings

from llm.private_files import make_private, make_private_folder

log = structlog.get_logger(__name__)


class DjobeaConfig(AppConfig):
    name = "djobea"

    def ready(self) -> None:
        from djobea import checks, sentry  # noqa: F401  the first registers itself
        from djobea.field_names import make_translatable

        make_translatable(list(apps.get_app_configs()))
        sentry.start(settings.SENTRY_DSN)
        make_private(settings.DATA_DIR)
        _choose_temporary_folder()
        for line in settings.ENV_FILE.unreadable:
            log.warning("env_line_unreadable", line=line.number, variable=line.name, reason=line.reason)


def _choose_temporary_folder() -> None:
    """Large request bodies pass through temporary files. On a read-only file system they lie in DATA_DIR."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder = settings.DATA_DIR / "tmp"
        try:
            make_private_folder(folder)
        except OSError as error:
            log.warning("no_temporary_folder", path=str(folder), error=error.strerror)
        else:
            tempfile.tempdir = str(folder)
