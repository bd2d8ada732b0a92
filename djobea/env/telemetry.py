"""Where traces and errors go. Both are off unless their variable is set, and each needs packages of its own."""

import re
from importlib.util import find_spec
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from djobea.env.values import flag

DSN = re.compile(r"https?://[^@/\s]+@[^/@\s]+(?:/[^\s/]+)*/[0-9]+/?")
"""https://docs.sentry.io/concepts/key-terms/dsn-explainer/: scheme, public key, host, a path if any, the project."""


def tracing(env: environ.Env) -> dict[str, Any]:
    """The settings of `llm.services.tracing`. Raises ImproperlyConfigured without the packages, or for no address.

    OpenTelemetry's exporter reads the headers itself, which may hold a key.
    """
    endpoint = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="").strip()
    env.str("OTEL_EXPORTER_OTLP_HEADERS", default="")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise ImproperlyConfigured("OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://.")
    if endpoint:
        _require("opentelemetry.exporter", "OTEL_EXPORTER_OTLP_ENDPOINT", "requirements-otel.lock")
    return {
        "OTLP_ENDPOINT": endpoint,
        "OTEL_SERVICE_NAME": env.str("OTEL_SERVICE_NAME", default="").strip() or "djobea",
        "SEMCONV_OPT_IN": env.str("OTEL_SEMCONV_STABILITY_OPT_IN", default=""),
        "SPAN_CONTENT": flag(env, "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", False),
    }


def sentry(env: environ.Env) -> str:
    """Sentry's address for errors; "" for none. Raises ImproperlyConfigured without its package, or for no address."""
    address = env.str("SENTRY_DSN", default="").strip()
    if address and not DSN.fullmatch(address):
        raise ImproperlyConfigured("SENTRY_DSN must be like https://key@host/project, as Sentry's settings show it.")
    if address:
        _require("sentry_sdk", "SENTRY_DSN", "requirements-sentry.lock")
    return address


def _require(module: str, variable: str, lock: str) -> None:
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ImproperlyConfigured(f"{variable} is set, and its packages are missing: pip install -r {lock}.")
