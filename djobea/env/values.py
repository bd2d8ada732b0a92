"""Reads single variables: text, lists, numbers, true and false."""

import re
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from llm.conf import shown

HOST_NAME = re.compile(r"\*|\.?[\w-]+(?:\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
"""https://docs.djangoproject.com/en/5.2/ref/settings/#allowed-hosts: a name, ".name" with what is below it, or "*"."""

RATE = re.compile(r"[1-9][0-9]{0,8}/[smhd][a-z]*")


class Environment(environ.Env):
    """django-environ's reader. It records in `names` each variable that it was asked for.

    A value that begins with "$" is a value. django-environ would take it for another variable's name, and print it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get_value(self, var: str, cast: Any = None, default: Any = "", parse_default: bool = False) -> Any:
        """The variable's text, or the default. The other arguments are those of the base class."""
        self.names.add(var)
        return self.ENVIRON.get(var, default)


def comma_list(text: str) -> list[str]:
    """The parts of a comma list, without blanks and empty parts."""
    return [word.strip() for word in text.split(",") if word.strip()]


def host_names(env: environ.Env, name: str) -> list[str]:
    """A comma list of host names as Django compares them. Raises ImproperlyConfigured that names the variable."""
    names = comma_list(env.str(name, default=""))
    for host in names:
        if not HOST_NAME.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name} must be a comma list of host names such as llm.example.com, without scheme, port and path; "
                f"{shown(host)} is none."
            )
    return names


def number(
    env: environ.Env, name: str, default: float, *, zero: bool = False, most: float = 1e9, integer: bool = False
) -> float:
    """A positive number from the environment, at most `most`; with `zero` also 0, with `integer` whole ones only.

    Empty means the default. Raises ImproperlyConfigured that names the variable.
    """
    text = env.str(name, default="").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    kind = "whole number" if integer else "number"
    if not (0 < value < float("inf") or (zero and value == 0)) or (integer and not value.is_integer()):
        least = "of 0 or more" if zero else "greater than 0"
        raise ImproperlyConfigured(f"{name} must be a {kind} {least}, not {shown(text)}.")
    if value > most:
        raise ImproperlyConfigured(f"{name} must be at most {most:.15g}, not {shown(text)}.")
    return value


def whole(env: environ.Env, name: str, default: int, *, most: float) -> int:
    """A whole number from 1 to `most`; else as `number`."""
    return int(number(env, name, default, most=most, integer=True))


def seconds(env: environ.Env, name: str, default: int, *, most: float) -> int:
    """A whole number of seconds from 0 to `most`; else as `number`."""
    return int(number(env, name, default, zero=True, most=most, integer=True))


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
    raise ImproperlyConfigured(f"{name} must be true or false, not {shown(text)}.")


LEAST_TOKEN = 20


def token(env: environ.Env, name: str) -> str:
    """A secret word that callers show; "" when it is not set. Raises ImproperlyConfigured for a short one."""
    text = env.str(name, default="").strip()
    if text and (len(text) < LEAST_TOKEN or not text.isascii() or not text.isprintable() or " " in text):
        raise ImproperlyConfigured(f"{name} must be one word of at least {LEAST_TOKEN} ASCII characters.")
    return text


def rate(env: environ.Env, name: str, default: str) -> str:
    """Requests a period, such as 10/min, as DRF's throttles read it; empty means the default.

    Raises ImproperlyConfigured that names the variable.
    """
    text = env.str(name, default="").strip() or default
    if not RATE.fullmatch(text):
        raise ImproperlyConfigured(f"{name} must be number/sec, /min, /hour or /day, not {shown(text)}.")
    return text
