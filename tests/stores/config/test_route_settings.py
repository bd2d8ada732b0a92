"""What operators set on a route reaches routing."""

import pytest

from llm.models import Route
from llm.stores.config.snapshot import load

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("live", [False, True])
def test_a_route_may_ask_for_tool_calls_in_pieces(*, live: bool) -> None:
    Route.objects.create(name="agents", live_tool_calls=live)
    assert load(1).routes["agents"].live_tool_calls is live
