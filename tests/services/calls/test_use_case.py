"""A call takes the route of its use case, with all that belongs to the route."""

import pytest

from llm.core.calls import Answer, Caller, CallOptions
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.consumers.rights import KeyRights
from llm.models import Call, Provider, Route, RouteEntry, RouteRule, StaticText
from llm.services.calls.run import complete_sync
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(providers: list[str]) -> Route:
    """A route of its own order, deadline and static text, for calls of the tag nightly."""
    route = Route.objects.create(name="batch", deadline_s=9)
    RouteEntry.objects.create(route=route, provider=Provider.objects.get(name="openai"), priority=1)
    StaticText.objects.create(route="batch", language="en", text="The night's work comes later.")
    RouteRule.objects.create(name="night", route=route, tags=["nightly"])
    return route


def ask(options: CallOptions = CallOptions(), **caller: object) -> Answer:
    request = ChatRequest(messages=(message(Role.USER, "hello"),), language="en")
    return complete_sync(request, caller=Caller(**caller), options=options)  # type: ignore[arg-type]


def test_the_rule_gives_the_route_its_order_and_its_static_text(sim: Simulator, batch: Route) -> None:
    assert ask().provider == "claude"
    answer = ask(tags=("nightly",))
    assert (answer.provider, answer.call.route) == ("openai", "batch")
    assert Call.objects.get(pk=answer.call.id).route == "batch"
    sim.fault("openai", "credit")
    assert ask(tags=("nightly",)).completion.text == "The night's work comes later."


def test_a_caller_that_names_a_provider_has_chosen(batch: Route, sim: Simulator) -> None:
    answer = ask(CallOptions(primary="gemini"), tags=("nightly",))
    assert (answer.provider, answer.call.route) == ("gemini", "default")


def test_a_key_without_the_route_stays_where_it_asked(batch: Route, sim: Simulator) -> None:
    answer = ask(tags=("nightly",), rights=(KeyRights(routes=("default",)),))
    assert answer.call.route == "default"


def test_two_keys_of_one_account_end_together(sim: Simulator, providers: list[str]) -> None:
    Provider.objects.filter(name__in=("claude", "openai")).update(account="ours")
    Provider.objects.get(name="claude").save()
    sim.fault("claude", "credit")
    answer = ask()
    assert answer.provider == "gemini"
    sim.fault("gemini", "overloaded")
    assert ask().degraded
    assert sim.calls("openai") == 0
