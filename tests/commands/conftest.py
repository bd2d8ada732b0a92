"""Fixtures of the commands' tests."""

from tests.commands.running import alone, manage, run, without_tables

__all__ = ["alone", "manage", "run", "without_tables"]
