"""The pages under their Content-Security-Policy, in a real browser: nothing is refused, and nothing looks different."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin as django_admin
from django.contrib.auth.models import AbstractUser
from django.test import Client, RequestFactory
from django.urls import reverse
from unfold.settings import CONFIG_DEFAULTS
from unfold.utils import convert_color

import llm
from llm.simulator import Simulator
from tests.admin.asking import ask
from tests.admin.browser import logged_in, needs_chromium
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

DESK, PHONE = 1440, 390


def pages(user: AbstractUser) -> list[str]:
    """Every list, add, change, delete, history and password page that has a row to show."""
    request = RequestFactory().get("/admin/")
    request.user = user
    found = [
        "/",
        "/admin/",
        reverse("console:spend"),
        reverse("console:latency"),
        reverse("second-factor"),
        reverse("admin:password_change"),
        "/api/docs",
    ]
    for model, screen in django_admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        if screen.has_add_permission(request):
            found.append(reverse(f"{name}_add"))
        row = model._default_manager.first()
        if row is not None:
            kinds = ["change", "history"] + ["delete"] * screen.has_delete_permission(request, row)
            found += [reverse(f"{name}_{kind}", args=[row.pk]) for kind in kinds]
    return found


@pytest.mark.browser
@needs_chromium
def test_no_page_asks_for_what_its_policy_refuses(
    sim: Simulator, providers: list[str], live: Live, admin: Person
) -> None:
    sim.fault("claude", "credit")
    ask()
    addresses = pages(admin.user)
    broken = {}
    with logged_in(live.url, name="ada", password=admin.password, width=DESK) as tab:
        for address in addresses:
            tab.page.goto(tab.url + address)  # scripts have run at the load event
            overflow = tab.overflow()
            tab.page.set_viewport_size({"width": PHONE, "height": 844})
            if tab.errors or tab.refused or overflow or tab.overflow():
                broken[address] = [*tab.errors, *tab.refused, overflow, tab.overflow()]
                tab.errors.clear()
                tab.refused.clear()
            tab.page.set_viewport_size({"width": DESK, "height": 900})
    assert broken == {}


def test_the_policy_forbids_inline_scripts_and_style_elements(admin: Person) -> None:
    client = Client()
    assert "'unsafe-inline'" not in client.get("/api/docs").headers["Content-Security-Policy"]
    policies = {}
    for page in ("/admin/login/", "/i18n/", "/api/llm/status"):
        parts = client.get(page).headers["Content-Security-Policy"].split("; ")
        policies[page] = {part.split(" ")[0]: part.split(" ")[1:] for part in parts}
    for policy in policies.values():
        assert policy["style-src"] == ["'self'"]
        assert policy["default-src"] == ["'self'"]
        assert "'unsafe-inline'" not in policy["script-src"]
    assert policies["/admin/login/"]["script-src"] == ["'self'", "'unsafe-eval'"]
    assert policies["/i18n/"]["script-src"] == ["'self'"]


def test_the_colours_are_those_of_unfold() -> None:
    css = Path(llm.__file__).parent.joinpath("static/llm/colours.css").read_text()
    written = dict(re.findall(r"--(\S+): (.+);", css))
    expected = {
        f"color-{name}-{weight}": convert_color(value)
        for name, weights in CONFIG_DEFAULTS["COLORS"].items()
        for weight, value in weights.items()
    }
    assert written == {**expected, "border-radius": settings.UNFOLD["BORDER_RADIUS"]}
