"""The screen of the operators' own prices, and what the calls' screens show of costs."""

import pytest
from django.test import Client
from django.urls import reverse

from llm.models import Attempt, Call, ModelPrice
from llm.simulator import Simulator
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/llm/modelprice/add/"
PRICE = {"model": "house-1", "kind": "openai", "valid_from": "2026-01-01", "input": "1.5", "output": "6"}


def test_a_price_is_entered_and_an_overlapping_one_is_refused(desk: Client) -> None:
    assert desk.post(ADD, PRICE).status_code == 302
    again = desk.post(ADD, {**PRICE, "valid_from": "2026-02-01"})
    assert again.status_code == 200
    assert "Another price of this model is valid on some of these days." in again.content.decode()
    [row] = ModelPrice.objects.all()
    changed = desk.post(reverse("admin:llm_modelprice_change", args=[row.pk]), {**PRICE, "input": "2"})
    assert changed.status_code == 302
    row.refresh_from_db()
    assert (str(row.input), row.version) == ("2.00000000", f"operator:{row.pk}.2")


def test_the_screen_speaks_french(desk: Client) -> None:
    page = desk.get(ADD, headers={"accept-language": "fr"}).content.decode()
    assert "Dollars US par million de jetons" in page
    assert "Un fournisseur ; vide : tous ceux du type." in page


def test_a_call_without_a_price_is_shown_as_unpriced(sim: Simulator, providers: list[str], desk: Client) -> None:
    ask()
    call = Call.objects.get()
    attempt = Attempt.objects.get()
    page = desk.get(reverse("admin:llm_call_change", args=[call.pk])).content.decode()
    assert "unpriced" not in page
    assert attempt.price_version in page
    Call.objects.update(cost_usd=None, unpriced_attempts=1)
    Attempt.objects.update(cost_usd=None, cost_parts=None, unpriced=True)
    for address in ("/admin/llm/call/", reverse("admin:llm_call_change", args=[call.pk])):
        assert "unpriced" in desk.get(address).content.decode()
