"""Routes that apps register."""

import pytest

from llm.models import Route, StaticText
from llm.services.routes.register import register_route
from llm.stores.config import routes
from llm.stores.config.environment import make_routes_and_texts
from llm.stores.config.routes import built_in_texts

TEXTS = {"fr": "Pas de réponse.", "en": "No answer."}


@pytest.fixture(autouse=True)
def _own_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_routes", dict(routes._routes))


def register(**changes: object) -> None:
    fields = {"description": "A quiz.", "texts": TEXTS, "next_on_refusal": True, "deadline_s": 7.0, **changes}
    register_route("quiz", **fields)


@pytest.mark.django_db
def test_a_registered_route_gets_its_rows() -> None:
    register()
    make_routes_and_texts()
    row = Route.objects.get(name="quiz")
    assert (row.description, row.on_refusal, row.deadline_s) == ("A quiz.", "next", 7.0)
    assert dict(StaticText.objects.filter(route="quiz").values_list("language", "text")) == TEXTS


@pytest.mark.django_db
def test_rows_that_operators_edited_stay() -> None:
    register()
    make_routes_and_texts()
    Route.objects.filter(name="quiz").update(deadline_s=None, on_refusal="stop")
    StaticText.objects.filter(route="quiz", language="en").update(text="Ours.")
    make_routes_and_texts()
    row = Route.objects.get(name="quiz")
    assert (row.on_refusal, row.deadline_s) == ("stop", None)
    assert StaticText.objects.get(route="quiz", language="en").text == "Ours."


@pytest.mark.django_db
def test_djobeas_own_routes_answer_within_25_seconds() -> None:
    make_routes_and_texts()
    deadlines = dict(Route.objects.values_list("name", "deadline_s"))
    assert deadlines == {"default": None, "conversation": 25.0, "suggestions": 25.0}


def test_the_texts_of_a_registered_route_are_built_in() -> None:
    register()
    assert built_in_texts()["quiz", "en"] == "No answer."


def test_the_same_route_again_changes_nothing_and_another_of_its_name_is_refused() -> None:
    register()
    register()
    with pytest.raises(ValueError, match="quiz"):
        register(deadline_s=8.0)
