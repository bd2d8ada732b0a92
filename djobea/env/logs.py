"""Logging: its level and its form."""

import logging
import sys
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from djobea.env.quiet import LOGGERS, CountCallers
from llm.conf import shown


def log_level(env: environ.Env) -> str:
    """The name of the logging level; raises ImproperlyConfigured for one that does not exist."""
    level = env.str("LOG_LEVEL", default="").strip().upper() or "INFO"
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {shown(level)}.")
    return level


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """Logging through structlog: lines for people, or JSON objects for a log collector."""
    import structlog

    # Tracebacks without local variables: they hold keys in adapters and prompts in views.
    plain = structlog.dev.plain_traceback
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if json else [console]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [remove_meta, *renderers],
        "foreign_pre_chain": shared,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "filters": {"callers": {"()": CountCallers}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"filters": ["callers"]} for name in LOGGERS},
            # The SDKs and their transport log whole requests at DEBUG and a line a call at INFO; axes logs four
            # lines a sign-in.
            **{
                name: {"level": "WARNING"}
                for name in ("httpx2", "httpcore2", "anthropic", "openai", "google_genai", "axes")
            },
            "asyncio": {"level": "WARNING", "filters": ["callers"]},
        },
    }
