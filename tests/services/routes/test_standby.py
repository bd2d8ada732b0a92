"""The worker's looks: the row that workers share, the event, the alert's evidence, and the calls that follow."""

from datetime import datetime, timedelta

import pytest

from llm.core.capacity.snapshot import Capacity, Headroom
from llm.core.chat.request import ChatRequest, Role, message
from llm.models import CircuitEvent, Route, RouteEntry
from llm.services.calls.run import complete_sync
from llm.services.routes import standby
from llm.services.runtime import clock
from llm.simulator import Simulator
from llm.stores.capacity.here import capacity_store
from llm.stores.config.snapshot import config_store

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en")


@pytest.fixture
def route(sim: Simulator, providers: list[str]) -> str:
    """A route of Claude and OpenAI, with Gemini as its standby provider, before OpenAI in its order."""
    from llm.models import Provider

    row = Route.objects.create(name="shop")
    for place, name in enumerate(("claude", "gemini", "openai")):
        provider = Provider.objects.get(name=name)
        RouteEntry.objects.create(route=row, provider=provider, priority=place, standby=name == "gemini")
    return row.name


def looks(monkeypatch: pytest.MonkeyPatch, *, left: float, seconds: int, start: datetime) -> datetime:
    """A look every five seconds of a time in which the others have so much of 100 requests left."""
    capacity = Capacity(requests=Headroom(left=left, limit=100))
    monkeypatch.setattr(capacity_store, "read", lambda: {"claude": capacity, "openai": capacity})
    for second in range(0, seconds + 1, 5):
        now = start + timedelta(seconds=second)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        standby.look()
    return now


def test_a_standby_provider_joins_serves_and_leaves(
    sim: Simulator, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llm.core.calls import CallOptions

    options = CallOptions(route=route)
    sim.fault("claude", "credit")
    assert complete_sync(QUESTION, options=options).provider == "openai"
    with monkeypatch.context() as patched:
        joined_at = looks(patched, left=10, seconds=120, start=clock.now())
        assert [(one.route, one.provider) for one in standby.joined()] == [("shop", "gemini")]
        patched.setattr(clock, "now", lambda: joined_at + timedelta(seconds=20))
        assert complete_sync(QUESTION, options=options).provider == "gemini"
        looks(patched, left=90, seconds=905, start=joined_at + timedelta(seconds=5))
    assert standby.joined() == ()
    events = CircuitEvent.objects.filter(provider="gemini").order_by("at")
    assert [(event.before, event.after, event.reason) for event in events] == [
        ("standby", "joined", "standby_low"),
        ("joined", "standby", "standby_quiet"),
    ]
    assert "route shop" in events[0].detail
    member = next(m for m in config_store.reload_sync().routes["shop"].members if m.provider == "gemini")
    assert (member.standby, member.joined_at) == (True, None)
