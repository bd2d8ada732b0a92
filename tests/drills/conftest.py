"""Fixtures of the drills' tests: commands in this process and in others."""

from tests.commands.conftest import alone, manage, run

__all__ = ["alone", "manage", "run"]
