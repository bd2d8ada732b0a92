"""Fixtures of the alerts' tests."""

from tests.alerts.alerting import world

__all__ = ["world"]
