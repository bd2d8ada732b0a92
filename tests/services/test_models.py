"""The values of `model` in a request, and the list of models."""

import pytest

from llm.core.calls import CallOptions
from llm.core.consumers.rights import KeyRights
from llm.core.exceptions import UnknownModel
from llm.models import Provider, Route
from llm.services import portal
from llm.services.models import ServedModel, resolve_model, served_models

pytestmark = pytest.mark.django_db(transaction=True)


def resolve(model: str) -> CallOptions:
    return portal.run(lambda: resolve_model(model))


def served() -> tuple[ServedModel, ...]:
    return portal.run(served_models)


@pytest.mark.parametrize("route", ["default", "conversation", "suggestions"])
def test_a_routes_name_is_that_route(providers: list[str], route: str) -> None:
    assert resolve(route) == CallOptions(route=route)


@pytest.mark.parametrize("name", ["claude", "gemini", "openai"])
def test_a_providers_name_makes_it_primary(providers: list[str], name: str) -> None:
    assert resolve(name) == CallOptions(primary=name)


def test_a_served_model_makes_its_provider_primary(providers: list[str]) -> None:
    assert resolve("gpt-6.1-terra") == CallOptions(primary="openai")


def test_of_two_that_serve_a_model_the_first_in_line_is_primary(providers: list[str]) -> None:
    Provider.objects.create(name="azure", kind="openai", model="gpt-6.1-terra", priority=1)
    assert resolve("gpt-6.1-terra") == CallOptions(primary="azure")


def test_a_model_of_a_switched_off_provider_is_unknown(providers: list[str]) -> None:
    row = Provider.objects.get(name="openai")
    row.enabled = False
    row.save()
    with pytest.raises(UnknownModel):
        resolve("gpt-6.1-terra")


@pytest.mark.parametrize("model", ["", "gpt-2", "Claude", "static", "default "])
def test_anything_else_is_unknown_and_named(providers: list[str], model: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve(model)
    assert caught.value.model == model


def test_the_default_route_needs_no_row() -> None:
    assert resolve("default") == CallOptions()


def test_a_route_that_was_just_made_is_known_at_once(providers: list[str]) -> None:
    resolve("default")
    Route.objects.create(name="legal")
    assert resolve("legal") == CallOptions(route="legal")


def test_the_list_shows_routes_providers_and_models_once_each(providers: list[str]) -> None:
    Provider.objects.create(name="azure", kind="openai", model="gpt-6.1-terra", priority=1)
    ids = [model.id for model in served()]
    assert len(ids) == len(set(ids))
    assert set(ids) == {
        "default",
        "conversation",
        "suggestions",
        *providers,
        "azure",
        "claude-sonnet-5-5",
        "gemini-3.8-flash",
        "gpt-6.1-terra",
    }
    kinds = {model.id: (model.owned_by, model.kind) for model in served()}
    assert kinds["default"] == ("djobea", "route")
    assert kinds["claude"] == ("claude", "provider")
    assert kinds["claude-sonnet-5-5"] == ("claude", "model")


def test_everything_in_the_list_can_be_asked_for(providers: list[str]) -> None:
    for model in served():
        resolve(model.id)


def test_routes_come_first_then_providers_then_models(providers: list[str]) -> None:
    kinds = [model.kind for model in served()]
    assert kinds == sorted(kinds, key=["route", "provider", "model"].index)


def test_the_default_route_is_listed_though_it_needs_no_row() -> None:
    assert [(model.id, model.kind) for model in served()] == [("default", "route")]


def test_an_unknown_model_is_answered_with_those_that_the_key_may_ask(providers: list[str]) -> None:
    with pytest.raises(UnknownModel, match=r"There are: .*default.*claude, gemini, openai, "):
        resolve("gpt-4o")
    bound = (KeyRights(providers=("gemini",)),)
    with pytest.raises(UnknownModel) as refused:
        portal.run(lambda: resolve_model("gpt-4o", bound))
    assert "gemini" in str(refused.value)
    assert "claude" not in str(refused.value)
