"""Fixtures of the drills' tests: commands in this process and in others."""

from tests.commands.running import alone, manage, run

__all__ = ["alone", "manage", "run"]
