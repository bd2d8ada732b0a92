"""Fixtures of the migrations' tests."""

from tests.commands.running import alone, manage

__all__ = ["alone", "manage"]
