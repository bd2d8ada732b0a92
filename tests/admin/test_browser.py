"""The admin in a real browser: screens and buttons while a vendor is out of credit."""

import re

import pytest
from playwright.sync_api import expect

from llm.models import Circuit, Provider
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.admin.asking import ask
from tests.admin.browser import Tab, logged_in, needs_chromium
from tests.conftest import Live, Person
from tests.stores.circuits.weather import gone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, needs_chromium]

DESK, PHONE = 1280, 390
LIST = "/admin/llm/provider/"


def press(tab: Tab, button: str, *, row: str) -> None:
    card = tab.page.locator(".djb-card", has_text=row).first
    card.get_by_role("button", name=button).click()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_an_operator_tests_and_lets_back_and_sees_the_outcome(
    width: int, sim: Simulator, providers: list[str], live: Live, admin: Person
) -> None:
    sim.fault("claude", "credit")
    ask()
    with logged_in(live.url, name="ada", password=admin.password, width=width) as tab:
        tab.open(LIST)
        expect(tab.page.get_by_text("open: out of credit")).to_be_visible()
        expect(tab.page.locator(".djb-strip")).to_contain_text("2 of 3")

        press(tab, "Refilled: test, then let back", row="claude-sonnet")
        expect(tab.page.get_by_text(re.compile(r"claude: failed: out of credit.*Next probe at"))).to_be_visible()

        sim.heal("claude")
        press(tab, "Refilled: test, then let back", row="claude-sonnet")
        expect(tab.page.get_by_text(re.compile(r"claude: .* gets calls again"))).to_be_visible()
        expect(tab.page.locator(".djb-strip")).to_contain_text("3 of 3")

        press(tab, "Test now", row="claude-sonnet")
        expect(tab.page.get_by_text(re.compile(r"claude: answered in \d+ ms"))).to_be_visible()
        assert (tab.foreign_requests, tab.errors, tab.overflow()) == ([], [], 0)
    assert Circuit.objects.get(provider="claude").state == "closed"


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_banner_of_an_offline_circuit_store_fits_the_screen(
    width: int, providers: list[str], live: Live, admin: Person
) -> None:
    circuit_store.forget()
    with gone("llm_circuit"), logged_in(live.url, name="ada", password=admin.password, width=width) as tab:
        for path in ("/admin/", LIST):
            tab.open(path)
            expect(tab.page.get_by_role("status").first).to_contain_text("This worker uses its local circuit states")
            assert (tab.errors, tab.overflow()) == ([], 0)


def test_rows_are_dragged_into_another_order(providers: list[str], live: Live, admin: Person) -> None:
    with logged_in(live.url, name="ada", password=admin.password, width=DESK) as tab:
        tab.open(LIST)
        handles = tab.page.locator("#result_list .cursor-move .material-symbols-outlined")
        last, first = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
        assert last is not None
        assert first is not None
        mouse = tab.page.mouse
        mouse.move(last["x"] + 5, last["y"] + 5)
        mouse.down()
        mouse.move(first["x"] + 5, first["y"] + 40, steps=10)
        for step in range(300):  # a row in motion accepts no drop: on a busy machine the pointer has to move more often
            mouse.move(first["x"] + 5, first["y"] - 10 + step % 5)
            shown = tab.page.locator("#result_list").inner_text()
            if shown.find("openai") < shown.find("claude"):
                break
            tab.page.wait_for_timeout(50)
        mouse.up()
        tab.page.get_by_role("button", name="Save").click()
        expect(tab.page.get_by_text("changed successfully")).to_be_visible()
    assert list(Provider.objects.order_by("priority").values_list("name", flat=True)) == ["openai", "claude", "gemini"]


def test_the_enter_key_in_a_number_presses_no_row_button(
    sim: Simulator, providers: list[str], live: Live, admin: Person
) -> None:
    with logged_in(live.url, name="ada", password=admin.password, width=DESK) as tab:
        tab.open(LIST)
        with tab.page.expect_navigation():
            tab.page.locator("input[name$=-priority]").first.press("Enter")
        expect(tab.page.get_by_text("claude: ")).to_have_count(0)
    assert sim.calls("claude") == 0
