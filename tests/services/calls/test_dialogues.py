"""A sticky route's dialogues, from the call to the record."""

import pytest

from llm.core.calls import CallOptions
from llm.core.chat.request import ChatRequest, Role, message
from llm.models import Attempt, Route
from llm.services.calls import dialogues
from llm.services.calls.run import complete_sync
from llm.services.runtime import call_log
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def ask(turn: int) -> str:
    said = [message(Role.USER, "My tap is leaking")]
    for _ in range(turn - 1):
        said += [message(Role.ASSISTANT, "a" * 6_000), message(Role.USER, "and then?")]
    request = ChatRequest(messages=tuple(said), language="en")
    return complete_sync(request, options=CallOptions(route="shop")).provider


def test_all_turns_go_to_one_provider_and_a_move_is_on_record(sim: Simulator, providers: list[str]) -> None:
    dialogues.forget()
    Route.objects.create(name="shop", strategy="weighted", sticky=True)
    homes = {ask(turn) for turn in (1, 2, 3, 4)}
    assert len(homes) == 1
    home = homes.pop()
    sim.fault(home, "credit_exhausted")
    assert ask(5) != home
    assert ask(6) != home
    call_log.flush()
    whys = list(Attempt.objects.order_by("started_at").values_list("why", flat=True))
    assert whys[0].startswith("first in line; by weight: ")
    assert whys[5] == f"after credit_exhausted; leaves {home}'s cache of 4808 tokens at an unknown price"
    assert "leaves" not in whys[0] + whys[6]
