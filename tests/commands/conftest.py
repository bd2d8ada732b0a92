"""Fixtures of the commands' tests."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.commands.running import alone, manage, run, without_tables

__all__ = ["alone", "manage", "run", "without_tables"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request of an earlier test may have left its language in this thread."""
    with translation.override("en"):
        yield
