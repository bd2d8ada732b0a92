"""Both faces of the endpoints that wait on vendors: Django's handler, and the short door."""

from collections.abc import Iterator

import pytest

from tests.conftest import APPLICATIONS, PROTOCOL, Live, served


@pytest.fixture(scope="session")
def _served() -> Iterator[Live]:
    with served(PROTOCOL, APPLICATIONS["django"]) as live:
        yield live


@pytest.fixture(scope="session")
def _with_short_door() -> Iterator[Live]:
    with served(PROTOCOL, APPLICATIONS["short-door"]) as live:
        yield live


@pytest.fixture
def faces(live: Live, _with_short_door: Live) -> tuple[Live, Live]:
    """Django's handler, and the product with its short door."""
    return live, _with_short_door
