"""The provider screens: what they show, what their buttons do, what they refuse."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from llm.admin.providers.cards import room_in_words
from llm.core.capacity.snapshot import UNKNOWN, Capacity, Headroom
from llm.models import Budget, Circuit, CircuitEvent, Provider
from llm.simulator import Simulator
from llm.stores.config.changes import announce
from llm.stores.secrets import decrypt
from tests.admin.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/llm/provider/"


def url(act: str, name: str = "claude") -> str:
    return reverse(f"admin:llm_provider_{act}", args=[Provider.objects.get(name=name).pk])


def messages_of(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def form_of(provider: Provider, **changes: object) -> dict[str, object]:
    """What the browser sends for the provider's page, with `changes`."""
    names = (
        "name", "kind", "model", "base_url", "api_key_env", "priority", "weight", "max_tokens", "attempt_timeout_s",
        "gemini_sdk",
    )  # fmt: skip
    return {"enabled": "on", **{name: getattr(provider, name) for name in names}, "supports": [], **changes}


def test_the_list_says_who_answers_who_is_out_and_until_when(
    sim: Simulator, providers: list[str], desk: Client
) -> None:
    sim.fault("claude", "credit")
    assert ask().provider == "gemini"
    page = desk.get(LIST).content.decode()
    assert "open: out of credit" in page
    assert "next attempt at" in page
    assert "2 of 3" in page
    assert '<p class="djb-big">gemini</p>' in page
    assert "Your credit balance is too low" in page


def test_a_provider_without_a_key_and_one_switched_off_are_shown_as_such(providers: list[str], desk: Client) -> None:
    Provider.objects.create(name="mistral", kind="openai", model="mistral-large-3", priority=40)
    Provider.objects.create(name="groq", kind="openai", model="llama-4", priority=50, enabled=False)
    page = desk.get(LIST).content.decode()
    assert "no key" in page
    assert "store a key or name its environment variable" in page
    assert "disabled" in page


def test_a_retest_of_a_well_provider_says_in_how_many_milliseconds(providers: list[str], desk: Client) -> None:
    response = desk.post(url("retest"))
    assert response["Location"] == LIST
    (message,) = messages_of(response)
    assert message.startswith("claude: answered in ")
    assert message.endswith(" ms.")


def test_a_retest_without_credit_names_the_error_class_and_the_next_probe(
    sim: Simulator, providers: list[str], desk: Client
) -> None:
    sim.fault("claude", "credit")
    (message,) = messages_of(desk.post(url("retest"), {"back": "page"}))
    assert message.startswith("claude: failed: out of credit: ")
    assert "Next probe at " in message
    assert Circuit.objects.get(provider="claude").state == "open"


def test_a_reset_closes_the_circuit_and_names_the_person(sim: Simulator, providers: list[str], desk: Client) -> None:
    sim.fault("claude", "credit")
    ask()
    sim.heal("claude")
    assert messages_of(desk.post(url("reset"))) == ["Failures reset: claude."]
    assert Circuit.objects.get(provider="claude").state == "closed"
    assert CircuitEvent.objects.filter(provider="claude", after="closed", by="ada").count() == 1
    assert ask().provider == "claude"


def test_the_actions_work_on_all_selected_rows(sim: Simulator, providers: list[str], desk: Client) -> None:
    sim.fault("gemini", "server_error")
    chosen = [str(provider.pk) for provider in Provider.objects.all()]
    response = desk.post(LIST, {"action": "retest_selected", "_selected_action": chosen})
    assert [message.split()[:2] for message in messages_of(response)] == [
        ["claude:", "answered"],
        ["gemini:", "failed:"],
        ["openai:", "answered"],
    ]


@pytest.mark.parametrize("act", ["retest", "reset"])
def test_a_get_of_a_button_changes_nothing(act: str, sim: Simulator, providers: list[str], desk: Client) -> None:
    assert desk.get(url(act)).status_code == 405
    assert sim.calls("claude") == 0
    assert not CircuitEvent.objects.exists()


@pytest.mark.parametrize("act", ["retest", "reset"])
def test_a_button_without_a_csrf_token_is_refused(act: str, sim: Simulator, providers: list[str], desk: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert strict.post(url(act)).status_code == 403
    assert sim.calls("claude") == 0


def test_the_list_saves_the_order_without_touching_the_circuits(
    sim: Simulator, providers: list[str], desk: Client
) -> None:
    sim.fault("claude", "credit")
    ask()
    before = list(Circuit.objects.order_by("provider").values("provider", "version", "state", "updated_at"))
    rows = list(Provider.objects.order_by("priority"))
    data: dict[str, object] = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for place, row in enumerate(rows):
        data |= {f"form-{place}-id": str(row.pk), f"form-{place}-priority": 10 - place}
    assert desk.post(LIST, data).status_code == 302
    assert list(Provider.objects.order_by("priority").values_list("name", flat=True)) == ["openai", "gemini", "claude"]
    assert list(Circuit.objects.order_by("provider").values("provider", "version", "state", "updated_at")) == before


def test_after_a_refill_one_click_tests_and_lets_back(sim: Simulator, providers: list[str], desk: Client) -> None:
    sim.fault("claude", "credit")
    ask()
    assert "Refilled: test, then let back" in desk.get(LIST).content.decode()
    (refused,) = messages_of(desk.post(url("let-back")))
    assert refused.startswith("claude: failed: out of credit")
    assert ask().provider == "gemini"
    sim.heal("claude")
    done = messages_of(desk.post(url("let-back")))[-1]
    assert done.startswith("claude: answered in ")
    assert done.endswith(" and gets calls again.")
    assert ask().provider == "claude"


def test_a_card_has_its_money_its_budget_and_the_billing_page(
    sim: Simulator, providers: list[str], desk: Client
) -> None:
    Budget.objects.create(name="claudes-month", usd=10, scope="provider", target="claude")
    page = desk.get(LIST).content.decode()
    assert "claudes-month" in page
    assert "$0.00 of $10.00, renews in" in page
    assert "https://platform.claude.com" not in page  # the simulator's address is no vendor's
    Provider.objects.filter(name="claude").update(base_url="", api_key_env="")
    announce()
    assert "https://platform.claude.com/settings/billing" in desk.get(LIST).content.decode()


def test_changed_settings_are_tested_before_they_are_saved(sim: Simulator, providers: list[str], desk: Client) -> None:
    provider = Provider.objects.get(name="openai")
    address = url("change", "openai")
    sim.set_keys("openai", ["sk-right"])
    page = desk.post(address, form_of(provider, api_key="sk-wrong"))
    (fault,) = page.context["adminform"].form.errors["api_key"]
    assert fault.startswith("Not saved, the test failed: key refused: ")
    page = desk.post(address, form_of(provider, api_key="sk-right", model="gpt-unheard-of"))
    (fault,) = page.context["adminform"].form.errors["model"]
    assert "gpt-" in fault.partition("It lists ")[2]
    before = provider.api_key_encrypted
    provider.refresh_from_db()
    assert provider.api_key_encrypted == before
    assert desk.post(address, form_of(provider, api_key="sk-right")).status_code == 302
    assert sim.calls("openai") == 0  # lists of models are not billed
    assert desk.post(address, form_of(provider, model="gpt-unheard-of", untested="on")).status_code == 302


def test_the_switch_does_not_take_out_the_last_one(providers: list[str], desk: Client) -> None:
    for name in ("gemini", "openai"):
        Provider.objects.filter(name=name).update(enabled=False)
    announce()
    data = form_of(Provider.objects.get(name="claude"))
    del data["enabled"]
    page = desk.post(url("change"), data)
    assert list(page.context["adminform"].form.errors) == ["enabled"]


def test_a_page_shows_the_circuit_its_events_and_attempts(sim: Simulator, providers: list[str], desk: Client) -> None:
    sim.fault("claude", "credit")
    call = ask().call
    page = desk.get(
        reverse("admin:llm_provider_change", args=[Provider.objects.get(name="claude").pk])
    ).content.decode()
    assert "out of credit; next attempt at" in page
    assert call.request_id in page
    assert "out of credit (400)" in page
    assert "Last transitions" in page


def test_a_key_is_stored_encrypted_and_never_shown(providers: list[str], desk: Client) -> None:
    provider = Provider.objects.get(name="claude")
    address = reverse("admin:llm_provider_change", args=[provider.pk])
    assert desk.post(address, form_of(provider, api_key="sk-ant-secret-1")).status_code == 302
    provider.refresh_from_db()
    assert decrypt(provider.api_key_encrypted) == "sk-ant-secret-1"
    assert "sk-ant-secret-1" not in provider.api_key_encrypted
    for page in (desk.get(address), desk.get(LIST)):
        assert "sk-ant-secret-1" not in page.content.decode()
        assert provider.api_key_encrypted not in page.content.decode()


def test_an_empty_key_field_keeps_the_key_and_the_box_removes_it(providers: list[str], desk: Client) -> None:
    provider = Provider.objects.get(name="claude")
    address = reverse("admin:llm_provider_change", args=[provider.pk])
    stored = provider.api_key_encrypted
    assert desk.post(address, form_of(provider, model="claude-opus-5-5")).status_code == 302
    provider.refresh_from_db()
    assert (provider.model, provider.api_key_encrypted) == ("claude-opus-5-5", stored)
    assert desk.post(address, form_of(provider, remove_key="on")).status_code == 302
    provider.refresh_from_db()
    assert provider.api_key_encrypted == ""


def test_a_refused_key_is_not_sent_back_to_the_browser(providers: list[str], desk: Client) -> None:
    provider = Provider.objects.get(name="claude")
    address = reverse("admin:llm_provider_change", args=[provider.pk])
    page = desk.post(address, form_of(provider, api_key="sk-ant-secret-2", model=""))
    assert page.status_code == 200
    assert "sk-ant-secret-2" not in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "llama"),
        ("base_url", "ftp://files.example.com"),
        ("base_url", "https://ada:secret@example.com"),
        ("supports", ["telepathy"]),
        ("api_key", "two words"),
        ("api_key_env", "sk-ant-pasted-by-mistake"),
        ("weight", 0),
        ("attempt_timeout_s", "soon"),
    ],
)
def test_a_bad_value_is_refused_at_its_field(field: str, value: object, providers: list[str], desk: Client) -> None:
    provider = Provider.objects.get(name="claude")
    page = desk.post(reverse("admin:llm_provider_change", args=[provider.pk]), form_of(provider, **{field: value}))
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]


def test_an_address_that_is_not_public_is_refused_and_another_one_needs_its_key(
    providers: list[str], desk: Client, settings: Any
) -> None:
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": []}
    Provider.objects.filter(name="claude").update(base_url="")
    provider = Provider.objects.get(name="claude")

    def faults(**changes: object) -> list[str]:
        page = desk.post(reverse("admin:llm_provider_change", args=[provider.pk]), form_of(provider, **changes))
        return [] if page.status_code == 302 else list(page.context["adminform"].form.errors)

    for url in ("http://169.254.169.254", "http://2130706433", "http://[::1]/", "http://vllm:8000/v1"):
        assert faults(base_url=url, api_key="sk-ant-new") == ["base_url"]
    assert faults(base_url="https://llm.example.com") == ["api_key"]
    assert faults(kind="openai") == ["api_key"]
    assert faults(base_url="https://llm.example.com", api_key_env="ANTHROPIC_API_KEY", remove_key="on") == ["api_key"]
    assert faults(priority=3) == []
    assert faults(base_url="https://llm.example.com", api_key="sk-ant-new", untested="on") == []
    assert Provider.objects.get(name="claude").base_url == "https://llm.example.com"


def test_a_new_provider_serves_at_once(sim: Simulator, providers: list[str], desk: Client) -> None:
    template = Provider(name="second", kind="openai", model="gpt-6.1-terra", base_url=sim.url("openai"), priority=1)
    response = desk.post("/admin/llm/provider/add/", form_of(template, api_key="simulated-key", supports=["stream"]))
    assert response.status_code == 302
    assert Provider.objects.get(name="second").supports == ["stream"]
    assert ask().provider == "second"


def test_deleting_asks_first(providers: list[str], desk: Client) -> None:
    address = reverse("admin:llm_provider_delete", args=[Provider.objects.get(name="openai").pk])
    page = desk.get(address).content.decode()
    assert "Are you sure" in page
    assert "Left to answer: claude, gemini." in page
    assert Provider.objects.filter(name="openai").exists()
    desk.post(address, {"post": "yes"})
    assert not Provider.objects.filter(name="openai").exists()


def test_the_last_one_is_deleted_by_its_typed_name_only(providers: list[str], desk: Client) -> None:
    Provider.objects.exclude(name="claude").update(enabled=False)
    announce()
    address = url("delete")
    assert "Type its name to confirm" in desk.get(address).content.decode()
    for confirm in ({}, {"confirm": "gemini"}):
        assert messages_of(desk.post(address, {"post": "yes", **confirm}))[-1].endswith("type claude.")
    desk.post(LIST, {"action": "delete_selected", "_selected_action": [str(Provider.objects.get(name="claude").pk)]})
    assert Provider.objects.filter(name="claude").exists()
    desk.post(address, {"post": "yes", "confirm": "claude"})
    assert not Provider.objects.filter(name="claude").exists()


def test_what_is_left_of_limits_stands_in_words() -> None:
    known = Capacity(requests=Headroom(left=620, limit=1000), in_flight=3, concurrency=12.4)
    assert room_in_words(known) == "62 % of its limits left: 620 of 1,000 requests, 3 of 12 calls at once, as learned"
    assert room_in_words(UNKNOWN) == ""
