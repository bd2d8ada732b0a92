"""The worker's looks at lists of models, and what operators see of them."""

from datetime import timedelta
from typing import Any

import pytest

from llm.alerts.conditions.watched import conditions
from llm.alerts.decide import Ledger
from llm.alerts.evidence import gather
from llm.core.catalogue.lists import EVERY
from llm.models import ModelLook, Provider, Route, RouteEntry
from llm.services.catalogue.lists import gone_and_serving, listed_counts, look_at_lists, model_states
from llm.services.providers import set_api_key
from llm.services.runtime import clock
from tests.services.catalogue.conftest import KEY, MODELS, Vendor

SERVED = MODELS[0]


@pytest.fixture
def provider(mistral: Vendor) -> Provider:
    row = Provider.objects.create(
        name="mistral", kind="openai", vendor="mistral", model=SERVED, base_url=mistral.sim.url("mistral")
    )
    set_api_key(row, KEY)
    route = Route.objects.create(name="conversation")
    RouteEntry.objects.create(route=route, provider=row)
    Route.objects.create(name="default")
    return row


def six_hours_pass() -> None:
    ModelLook.objects.update(looked_at=clock.now() - EVERY - timedelta(seconds=1))


def looks(number: int) -> None:
    for _ in range(number):
        look_at_lists()
        six_hours_pass()


def test_an_account_is_asked_once_in_six_hours(mistral: Vendor, provider: Provider) -> None:
    assert [look_at_lists(), look_at_lists()] == [1, 0]
    six_hours_pass()
    assert look_at_lists() == 1
    assert mistral.sim.counts("mistral").models == 2


def test_a_new_model_is_known_and_off(mistral: Vendor, provider: Provider) -> None:
    looks(1)
    mistral.sim.set_models("mistral", [*MODELS, "mistral-next"])
    looks(1)
    states = {state.model: state for state in model_states()}
    assert states["mistral-next"].is_new
    assert states["mistral-next"].served_by == ()
    assert states[SERVED].served_by == ("mistral",)
    assert listed_counts() == {"mistral": (4, 1)}
    assert Provider.objects.count() == 1


def test_a_vanished_model_is_announced_after_three_looks_with_its_routes(mistral: Vendor, provider: Provider) -> None:
    looks(1)
    mistral.sim.set_models("mistral", MODELS[1:])
    looks(2)
    assert gone_and_serving() == ()
    looks(1)
    (condition,) = [
        each for each in conditions(gather(Ledger(), None, clock.now())) if str(each.subject.topic) == "model"
    ]
    assert (condition.subject.name, condition.details.model) == ("mistral", SERVED)
    assert set(condition.details.routes) == {"conversation", "default"}


def test_a_list_that_cannot_be_read_is_noted_and_changes_nothing(mistral: Vendor, provider: Provider) -> None:
    looks(1)
    mistral.sim.fault("mistral", "server_error", applies_to="models")
    looks(4)
    assert ModelLook.objects.get().fault.startswith("server_error")
    assert gone_and_serving() == ()


def test_an_empty_list_is_doubted(mistral: Vendor, provider: Provider, settings: Any) -> None:
    looks(1)
    mistral.sim.set_models("mistral", ["*"])
    looks(4)
    assert gone_and_serving() == ()
    assert ModelLook.objects.get().doubts == 4
