"""`llm_providers add`: a vendor of the catalogue from the terminal."""

import io
import json

import pytest

from llm.models import Provider
from tests.commands.running import Run
from tests.services.catalogue.conftest import KEY, Vendor, mistral

__all__ = ["mistral"]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", KEY)
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)


def test_one_command_makes_a_provider_with_what_its_model_can_do(run: Run, mistral: Vendor) -> None:
    url = mistral.sim.url("mistral")
    ran = run(
        "llm_providers", "add", "mistral", "--key-env", "MY_API_KEY", "--base-url", url, "--model",
        "mistral-small-latest", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["provider"]["name"] == "mistral"
    assert {found["finding"] for found in told["report"]["findings"]} == {"yes"}
    assert KEY not in ran.out


def test_the_key_comes_from_stdin_and_a_pipe_cannot_choose_a_model(
    run: Run, mistral: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    ran = run("llm_providers", "add", "mistral", "--base-url", mistral.sim.url("mistral"))
    assert ran.code == 2
    assert "--model" in ran.err


def test_the_list_shows_models_and_adds_nothing(run: Run, mistral: Vendor) -> None:
    url = mistral.sim.url("mistral")
    ran = run("llm_providers", "add", "mistral", "--key-env", "MY_API_KEY", "--base-url", url, "--list")
    assert "mistral-large-latest" in ran.out
    assert not Provider.objects.exists()


def test_a_model_that_gives_no_text_ends_with_1_and_makes_no_row(run: Run, mistral: Vendor) -> None:
    mistral.sim.fault("mistral", "model_not_found")
    url = mistral.sim.url("mistral")
    ran = run(
        "llm_providers", "add", "mistral", "--key-env", "MY_API_KEY", "--base-url", url, "--model", "no-such-model"
    )
    assert ran.code == 1
    assert "not added" in ran.out
    assert not Provider.objects.exists()


def test_the_catalogue_is_shown_and_an_unknown_vendor_is_a_mistake(run: Run, mistral: Vendor) -> None:
    assert "api.groq.com" in run("llm_providers", "catalogue").out
    ran = run("llm_providers", "add", "nobody", "--key-env", "MY_API_KEY")
    assert (ran.code, "Known are" in ran.err) == (2, True)
