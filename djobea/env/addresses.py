"""Reads the addresses of the database, Redis, mail and a message broker. No error repeats one: they hold passwords."""

import difflib
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

POSTGRESQL = ("postgres", "postgresql", "psql", "pgsql")
HOST = re.compile(r"[\w.-]*|[0-9A-Fa-f:.]+|/.+")
"""A name, an IPv6 address, or the folder of a socket."""

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


def database(env: environ.Env, var: Path) -> dict[str, Any]:
    """The database of DATABASE_URL, tuned for one writer among many readers. Raises ImproperlyConfigured."""
    url = env.str("DATABASE_URL", default="").strip()
    if not url or url == "sqlite:///var/djobea.sqlite3":
        url = f"sqlite:///{var / 'djobea.sqlite3'}"
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        config = _sqlite(url)
        # A file, so that all threads see one database; one per run, since two runs may overlap.
        return {**config, "OPTIONS": SQLITE_OPTIONS, "TEST": {"NAME": str(var / f"test-{os.getpid()}.sqlite3")}}
    if scheme in POSTGRESQL:
        config = _postgresql(url)
        # A pool, because each request of an async server runs its queries on a thread of its own.
        # Short timeouts (seconds; tcp_user_timeout in ms), so that a dead server is noticed soon.
        pool = {"min_size": 1, "max_size": 10, "timeout": 5}
        limits = {"connect_timeout": 3, "tcp_user_timeout": 5000}
        return {**config, "OPTIONS": {**limits, **config.get("OPTIONS", {}), "pool": pool}}
    near = difflib.get_close_matches(scheme.lower(), ("postgres", "postgresql", "sqlite"), n=1, cutoff=0.7)
    raise ImproperlyConfigured(
        "DATABASE_URL must begin with postgres:// or sqlite:///." + (f" Did you mean {near[0]}://?" if near else "")
    )


def _sqlite(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite:///") and url != "sqlite://:memory:":
        raise ImproperlyConfigured(
            "DATABASE_URL must have three slashes before a path from the working folder, and four before an absolute "
            "one: sqlite:////srv/db.sqlite3."
        )
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    return {**config, "ENGINE": "djobea.sqlite"}


def _postgresql(url: str) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import make_conninfo

    try:
        fragment = urlsplit(url).fragment
        config: dict[str, Any] = dict(environ.Env.db_url_config(url))
        make_conninfo(**config.get("OPTIONS", {}))
    except (ValueError, psycopg.ProgrammingError):  # the second one for an option that PostgreSQL does not have
        fragment, config = "", {}
    # What a password's unescaped "/", "#", "?" or "@" makes of the parts that follow.
    hosts = config.get("HOST", "").split(",")
    if fragment or not config.get("NAME") or "@" in config["NAME"] or not all(map(HOST.fullmatch, hosts)):
        raise ImproperlyConfigured(
            "DATABASE_URL must be like postgres://user:password@host:5432/name, with the password's special characters "
            "percent-encoded."
        )
    return config


def redis_address(env: environ.Env) -> str:
    """REDIS_URL; "" without one. Raises ImproperlyConfigured for one that Redis' client cannot read."""
    url = env.str("REDIS_URL", default="").strip()
    if url and not _is_redis(url):
        raise ImproperlyConfigured(
            "REDIS_URL must be like redis://:password@host:6379/0 (rediss:// with TLS, unix:///path for a socket), "
            "with the password's special characters percent-encoded."
        )
    return url


def _is_redis(url: str) -> bool:
    from redis.connection import parse_url

    parts = _split(url)
    if parts is None or parts.fragment or not url.startswith(("redis://", "rediss://", "unix:///")):
        return False
    try:
        parse_url(url)
    except ValueError:
        return False
    return parts.scheme == "unix" or re.fullmatch(r"/?[0-9]*/?", parts.path) is not None


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


def mail(env: environ.Env) -> dict[str, Any]:
    """Django's EMAIL_* settings from EMAIL_URL. Empty without it: Django then uses localhost.

    Raises ImproperlyConfigured.
    """
    url = env.str("EMAIL_URL", default="").strip()
    if not url:
        return {}
    parts = _split(url)
    by_smtp = parts is not None and parts.scheme.startswith("smtp")
    if parts is None or parts.scheme not in environ.Env.EMAIL_SCHEMES or (by_smtp and not parts.hostname):
        raise ImproperlyConfigured(
            "EMAIL_URL must be like smtp+tls://user:password@host:587 (smtp:// or smtp+ssl:// too), with the "
            "password's special characters percent-encoded."
        )
    return dict(environ.Env.email_url_config(url))


def broker(env: environ.Env) -> str:
    """CELERY_BROKER_URL; "" without one. Raises ImproperlyConfigured."""
    url = env.str("CELERY_BROKER_URL", default="").strip()
    parts = _split(url)
    if url and (parts is None or not parts.scheme):
        raise ImproperlyConfigured("CELERY_BROKER_URL must be like redis://:password@host:6379/1.")
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None for one with blanks, control characters, a bad port or bad brackets."""
    if " " in url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
