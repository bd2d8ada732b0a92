"""The intake is tested on both of uvicorn's parsers: the one in C, and the one where it has no wheel."""

from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from djobea.intake.protocol import Bounds
from tests.conftest import Live, served


class OnH11(Bounds, H11Protocol):
    pass


class OnHttpTools(Bounds, HttpToolsProtocol):
    pass


@pytest.fixture(scope="session", params=[OnHttpTools, OnH11], ids=["httptools", "h11"])
def protocol_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="session")
def _served(protocol_class: Any) -> Iterator[Live]:
    with served(protocol_class, "djobea.asgi:application") as live:
        yield live
