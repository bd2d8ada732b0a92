"""The project. `djobea.celery_app` is Celery's application, created at its first use."""

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "celery_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from djobea.celery import app

    return app
