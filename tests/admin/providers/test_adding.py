"""A provider is added from the catalogue: vendor, key and model, test, and only then a row."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from llm.admin.providers.adding.kept import SLOT
from llm.models import Provider
from llm.simulator import Simulator
from llm.simulator.openai.manners import Lack, Manners
from llm.stores.secrets import decrypt
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

START = "/admin/add-provider/"
KEY = "sk-mistral-" + get_random_string(12)
SMALL = "mistral-small-latest"


@pytest.fixture
def mistral(sim: Simulator, settings: Any) -> Simulator:
    """Mistral as the simulator plays it, without the sight of pictures."""
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["127.0.0.0/8"]}
    sim.add_account("mistral", "openai", models=(SMALL, "mistral-large-latest"))
    sim.behave("mistral", Manners(limit_field="max_tokens", lacks=frozenset({Lack.IMAGES})))
    sim.set_keys("mistral", [KEY])
    return sim


def with_key(desk: Client, sim: Simulator, key: str = KEY) -> Any:
    """The page of models after the key was given."""
    return desk.post(f"{START}mistral/", {"api_key": key, "base_url": sim.url("mistral")}, follow=True)


def test_from_the_list_to_a_provider_that_answers(mistral: Simulator, desk: Client) -> None:
    assert START in desk.get("/admin/llm/provider/").content.decode()
    found = desk.get(START, {"q": "mistral"}).content.decode()
    assert f"{START}mistral/" in found
    assert "https://docs.mistral.ai" in found
    assert f"{START}groq/" not in found

    models = with_key(desk, mistral)
    rows = {model.id: input for model, input, *_ in models.context["models"]}
    assert rows[SMALL].startswith("$0.")
    assert mistral.calls("mistral") == 0

    tested = desk.post(f"{START}mistral/test/", {"model": SMALL})
    assert [(name, "no" in badge) for name, badge, *_ in tested.context["rows"]][5] == ("Images", True)
    assert not Provider.objects.exists()

    saved = desk.post(
        f"{START}mistral/test/", {"model": SMALL, "name": "mistral", "priority": 7, "enabled": "on", "save": "1"}
    )
    row = Provider.objects.get()
    assert saved["Location"] == f"/admin/llm/provider/{row.pk}/change/"
    assert (row.name, row.vendor, row.model, row.priority, row.enabled) == ("mistral", "mistral", SMALL, 7, True)
    assert "images" not in row.supports
    assert decrypt(row.api_key_encrypted) == KEY
    assert mistral.calls("mistral") == 5  # the report of the test served again
    assert ask().provider == "mistral"
    assert LogEntry.objects.get_for_object(row).filter(action=LogEntry.Action.CREATE).exists()
    assert SLOT not in desk.session

    assert "Add another model of this account" in desk.get(saved["Location"]).content.decode()
    more = desk.post(f"{START}like/{row.pk}/")
    assert more["Location"] == f"{START}mistral/models/"
    large = {"model": "mistral-large-latest", "name": "large", "priority": 9, "save": "1"}
    desk.post(f"{START}mistral/test/", large)
    assert Provider.objects.filter(name="large", account="mistral", enabled=False).exists()


def test_the_key_is_in_no_page_no_address_and_not_in_the_session_as_it_is(mistral: Simulator, desk: Client) -> None:
    models = with_key(desk, mistral)
    tested = desk.post(f"{START}mistral/test/", {"model": SMALL})
    again = desk.get(f"{START}mistral/")
    refused = desk.post(f"{START}mistral/", {"api_key": KEY, "base_url": "ftp://x"})
    assert "base_url" in refused.context["form"].errors
    for page in (models, tested, again, refused):
        assert KEY not in page.content.decode()
        assert "no-store" in page["Cache-Control"]
    assert KEY not in str(models.redirect_chain)
    assert KEY not in str(dict(desk.session))


def test_a_refused_key_and_a_model_without_text_are_told_and_nothing_is_saved(mistral: Simulator, desk: Client) -> None:
    assert "key refused" in with_key(desk, mistral, "sk-another").context["fault"]
    with_key(desk, mistral)
    mistral.fault("mistral", "credit")
    page = desk.post(f"{START}mistral/test/", {"model": SMALL, "name": "m", "priority": 1, "save": "1"})
    assert "It gave no text" in page.content.decode()
    assert not Provider.objects.exists()


def test_a_name_that_is_taken_is_told_at_its_field(mistral: Simulator, desk: Client) -> None:
    Provider.objects.create(name="mistral", kind="openai", model=SMALL, priority=40)
    with_key(desk, mistral)
    tested = desk.post(f"{START}mistral/test/", {"model": SMALL})
    assert tested.context["form"].initial == {"name": "mistral-2", "priority": 50, "enabled": True}
    data = {"model": SMALL, "name": "mistral", "priority": 1, "save": "1"}
    french = desk.post(f"{START}mistral/test/", data, headers={"Accept-Language": "fr"})
    assert french.context["form"].errors["name"] == ["Un fournisseur de ce nom existe déjà."]


def test_after_a_quarter_of_an_hour_the_key_is_asked_for_again(mistral: Simulator, desk: Client) -> None:
    with_key(desk, mistral)
    session = desk.session
    session[SLOT] = {**session[SLOT], "until": (timezone.now() - timedelta(seconds=1)).timestamp()}
    session.save()
    assert desk.get(f"{START}mistral/models/")["Location"] == f"{START}mistral/"
    assert desk.post(f"{START}mistral/test/", {"model": SMALL})["Location"] == f"{START}mistral/"
    assert SLOT not in desk.session


def test_a_vendor_with_blanks_wants_them_and_one_without_a_list_a_models_name(desk: Client) -> None:
    page = desk.post(f"{START}azure/", {"api_key": "k", "values.resource": "not a name"})
    assert list(page.context["form"].errors) == ["values.resource"]
    page = desk.post(f"{START}azure/", {"api_key": "k", "values.resource": "shop"}, follow=True)
    assert "lists no models" in page.content.decode()
    assert desk.get(f"{START}unheard-of/").status_code == 404
