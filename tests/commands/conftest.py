"""Fixtures of the commands' tests."""

from tests.commands.running import alone, manage, run

__all__ = ["alone", "manage", "run"]
