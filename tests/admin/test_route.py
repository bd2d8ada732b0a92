"""The screen of a route: its strategy, and what it would choose now."""

import pytest
from django.test import Client
from django.urls import reverse

from llm.models import Route

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, language: str = "en") -> str:
    address = reverse("admin:llm_route_change", args=[Route.objects.get(name="shop").pk])
    return client.get(address, headers={"accept-language": language}).content.decode()


@pytest.fixture
def shop(providers: list[str]) -> Route:
    return Route.objects.create(name="shop", strategy="weighted")


def test_it_tells_the_choice_with_its_scores(admin_client: Client, shop: Route) -> None:
    shown = page(admin_client)
    assert "What it would choose now" in shown
    assert "by weight" in shown
    assert "keep dialogues together" in shown.lower()


def test_it_tells_it_in_french(admin_client: Client, shop: Route) -> None:
    assert "Ce qu’elle choisirait maintenant" in page(admin_client, "fr")


def test_a_balanced_route_needs_a_weight(admin_client: Client, shop: Route) -> None:
    form = {
        "name": "shop", "on_refusal": "stop", "stream_mode": "live", "max_wait_s": "2", "strategy": "balanced",
        **dict.fromkeys(Route.WEIGHTS, "0"),
        "entries-TOTAL_FORMS": "0", "entries-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = admin_client.post(reverse("admin:llm_route_change", args=[shop.pk]), form)
    assert "At least one weight of a balanced route must be above 0." in answer.content.decode()
