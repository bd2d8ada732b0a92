"""Functions that turn the environment into values of the settings."""

import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that reads and then writes would else fail at once with "locked",
    # whatever the timeout. WAL lets readers and the writer work at the same time.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-20000"
    ),
}

CACHE_TIMEOUT_S = 0.25


def comma_list(text: str) -> list[str]:
    """The parts of a comma list, without blanks and empty parts."""
    return [word.strip() for word in text.split(",") if word.strip()]


def folder(path: Path) -> Path:
    """Returns the folder and creates it if it is missing."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def number(env: environ.Env, name: str, default: float, *, zero: bool = False) -> float:
    """A positive number from the environment, or with `zero` also 0; empty means the default.

    Raises ImproperlyConfigured that names the variable.
    """
    text = env.str(name, default="").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (0 < value < float("inf") or (zero and value == 0)):
        least = "of 0 or more" if zero else "greater than 0"
        raise ImproperlyConfigured(f"{name} must be a number {least}, not {text!r}.")
    return value


def flag(env: environ.Env, name: str, default: bool) -> bool:
    """True or false from the environment; empty means the default.

    Raises ImproperlyConfigured that names the variable, for example for a misspelt "off".
    """
    text = env.str(name, default="").strip().lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on", "y", "t", "ok"):
        return True
    if text in ("0", "false", "no", "off", "n", "f"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")


def log_level(env: environ.Env) -> str:
    """The name of the logging level; raises ImproperlyConfigured for one that does not exist."""
    level = env.str("LOG_LEVEL", default="").strip().upper() or "INFO"
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {level!r}.")
    return level


def is_weak(key: str) -> bool:
    """Django's own rule for SECRET_KEY (check security.W009)."""
    return len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-")


def secret_key(var: Path) -> str:
    """The key of this working copy. Creates it once, in a file that only its owner can read.

    For trials; a deployment sets SECRET_KEY.
    """
    path = var / "secret_key"
    var.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text().strip()


def database(env: environ.Env, var: Path) -> dict[str, Any]:
    """The database of DATABASE_URL, tuned for one writer among many readers."""
    url = env.str("DATABASE_URL", default="").strip()
    if not url or url == "sqlite:///var/djobea.sqlite3":
        url = f"sqlite:///{var / 'djobea.sqlite3'}"
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    if "sqlite" in config["ENGINE"]:
        if config["NAME"] != ":memory:":
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = SQLITE_OPTIONS
        # A file, so that all threads see one database; one per run, since two runs may overlap.
        config["TEST"] = {"NAME": str(var / f"test-{os.getpid()}.sqlite3")}
    elif "postgresql" in config["ENGINE"]:
        # A pool, because each request of an async server runs its queries on a thread of its own.
        # Short timeouts (seconds; tcp_user_timeout in ms), so that a dead server is noticed soon.
        pool = {"min_size": 1, "max_size": 10, "timeout": 5}
        limits = {"connect_timeout": 3, "tcp_user_timeout": 5000}
        config["OPTIONS"] = {**limits, **config.get("OPTIONS", {}), "pool": pool}
    return config


def mail(env: environ.Env) -> dict[str, Any]:
    """Django's EMAIL_* settings from EMAIL_URL. Empty without it: Django then uses localhost."""
    url = env.str("EMAIL_URL", default="").strip()
    return dict(environ.Env.email_url_config(url)) if url else {}


def caches(redis_url: str) -> dict[str, Any]:
    """Django's cache: Redis when there is one, else the process's memory."""
    if not redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # The client has no timeout by default, and its retries would multiply ours.
    limits = {
        "socket_timeout": CACHE_TIMEOUT_S,
        "socket_connect_timeout": CACHE_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
    }
    return {"default": {"BACKEND": "djobea.cache.ForgivingRedisCache", "LOCATION": redis_url, "OPTIONS": limits}}


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
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The SDKs and their transport log whole requests at DEBUG and a line a call at INFO.
            name: {"level": "WARNING"}
            for name in ("httpx2", "httpcore2", "anthropic", "openai", "google_genai", "asyncio")
        },
    }
