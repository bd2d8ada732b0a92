"""Fixtures of the services' tests."""

from tests.alerts.alerting import world

__all__ = ["world"]
