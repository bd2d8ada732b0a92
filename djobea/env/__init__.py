"""Turns the environment and the file `.env` into values of the settings.

What cannot be read raises ImproperlyConfigured with one sentence: it names the variable and what is right. No sentence
holds the value of a variable that may be a secret.
"""

from djobea.env.addresses import broker, caches, database, mail, redis_address
from djobea.env.dotenv import EnvFile, UnreadableLine, load
from djobea.env.keys import is_weak, secret_key
from djobea.env.logs import log_level, logging_config
from djobea.env.telemetry import sentry, tracing
from djobea.env.values import Environment, comma_list, flag, host_names, number, rate, seconds, token, whole
from djobea.env.vendors import vendors

__all__ = [
    "EnvFile",
    "Environment",
    "UnreadableLine",
    "broker",
    "caches",
    "comma_list",
    "database",
    "flag",
    "host_names",
    "is_weak",
    "load",
    "log_level",
    "logging_config",
    "mail",
    "number",
    "rate",
    "redis_address",
    "seconds",
    "secret_key",
    "sentry",
    "token",
    "tracing",
    "vendors",
    "whole",
]
