"""Every list and page of the admin in one Chromium: it fits a phone, and axe-core finds nothing serious."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import admin as django_admin
from django.urls import reverse
from django.utils import timezone

from llm.models import Alert, Call, CircuitEvent, Provider
from llm.simulator import Simulator
from tests.admin.asking import ask
from tests.admin.browser import logged_in, needs_chromium
from tests.admin.console.log import call
from tests.conftest import Live, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, needs_chromium, pytest.mark.timeout(400)]

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 800}
TALLEST = 4000
"""Pixels of 50 calls on a phone."""
SERIOUS = """async (only) => {
    const options = {preload: false, resultTypes: ["violations"], ...(only && {runOnly: only})};
    const {violations} = await axe.run(document, options);
    return violations.filter((one) => ["serious", "critical"].includes(one.impact)).map(
        (one) => `${one.id}: ${one.nodes.length} times, first ${one.nodes[0].html.slice(0, 160)} `
            + one.nodes[0].any.map((check) => check.message).join("; ").slice(0, 160));
}"""


@pytest.fixture
def addresses(sim: Simulator, providers: list[str], admin: Person) -> list[str]:
    """The pages, with rows on them: more than 50 calls, events, an alert."""
    sim.fault("claude", "credit")
    ask()
    for number in range(60):
        call(("claude", "rate_limited"), ("gemini", ""), ago=timedelta(minutes=number), request_id="r" * 40)
    now = timezone.now()
    for reason in ("credit_exhausted", "disabled", "reset"):
        CircuitEvent.objects.create(provider="claude", at=now, before="closed", after="open", reason=reason, until=now)
    times = {"created_at": now, "at": now, "since": now}
    Alert.objects.create(event="outage", provider="claude", topic="provider", subject="claude", title="claude", **times)
    rows = (Provider.objects.get(name="claude"), Call.objects.order_by("-started_at")[1], CircuitEvent.objects.first())
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in django_admin.site._registry
    ]
    pages = ["admin:index", "console:spend", "console:latency", "llm-playground", "llm-what-if", "llm-drills"]
    pages += ["llm-simulator", "second-factor", "admin:llm_provider_add", "admin:llm_consumerkey_add"]
    pages += ["admin:llm_route_add", "admin:llm_budget_add", "admin:password_change"]
    own = [reverse(f"admin:llm_{row._meta.model_name}_change", args=[row.pk]) for row in rows if row]
    return [*lists, *map(reverse, pages), *own, reverse("admin:llm_provider_control", args=[rows[0].pk])]


def test_every_page_fits_a_phone_and_has_no_serious_finding(addresses: list[str], live: Live, admin: Person) -> None:
    wide, heights, findings = {}, {}, {}
    with logged_in(live.url, name="ada", password=admin.password, **PHONE) as tab:
        for address in addresses:
            tab.page.set_viewport_size(PHONE)
            tab.open(address)
            heights[address] = tab.page.evaluate("document.documentElement.scrollHeight")
            tab.page.set_viewport_size(NARROW)
            wide[address] = tab.overflow()
            tab.page.evaluate(AXE)
            findings[address] = tab.page.evaluate(SERIOUS, None)
            tab.page.set_viewport_size(DESK)
            tab.page.evaluate("document.documentElement.classList.add('dark')")
            findings[address] += [f"dark, {one}" for one in tab.page.evaluate(SERIOUS, "color-contrast")]
    assert {address: pixels for address, pixels in wide.items() if pixels} == {}
    assert heights[reverse("admin:llm_call_changelist")] < TALLEST
    lines = [f"{address}: {one}" for address, found in findings.items() for one in found]
    assert not lines, "\n".join(lines)
    assert (tab.foreign_requests, tab.errors, tab.refused) == ([], [], [])
