"""Fixtures of the services' tests."""

from tests.services.alerting import world

__all__ = ["world"]
