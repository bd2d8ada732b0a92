"""The four SDKs work against the simulator as against the vendors, when nothing is wrong."""

import pytest

from llm.simulator import Simulator
from tests.simulator.sdks import Operation, ask, ask_legacy_gemini, gemini_client

VENDORS = ("claude", "gemini", "openai")
FINISH = {"claude": "end_turn", "gemini": "STOP", "openai": "stop"}


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_question_is_answered_in_character(sim: Simulator, vendor: str, stream: bool) -> None:
    seen = ask(sim, vendor, stream=stream)

    assert seen.error == ""
    assert seen.text.lower().startswith(f"[simulated {vendor}] hello!")
    assert "a checked plumber" in seen.text
    assert seen.finish == FINISH[vendor]
    assert sim.calls(vendor) == 1
    assert (sim.counts(vendor).stream == 1) is stream


@pytest.mark.parametrize("vendor", VENDORS)
def test_french_is_answered_in_french(sim: Simulator, vendor: str) -> None:
    seen = ask(sim, vendor, message="Bonjour, j'ai une fuite d'eau à Akwa")

    assert "simulé]" in seen.text
    assert "un plombier vérifié à Akwa" in seen.text


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_question_gets_the_same_words_plain_and_streamed(sim: Simulator, vendor: str) -> None:
    assert ask(sim, vendor).text == ask(sim, vendor, stream=True).text == ask(sim, vendor).text


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_prefix_the_headers_tell_the_vendor(sim: Simulator, vendor: str) -> None:
    base_url = sim.origin + ("/v1" if vendor == "openai" else "")

    assert ask(sim, vendor, base_url=base_url).text.lower().startswith(f"[simulated {vendor}]")


def test_google_generativeai_works_with_and_without_a_prefix(sim: Simulator) -> None:
    for base_url in (sim.url("gemini"), sim.origin):
        assert ask_legacy_gemini(base_url).startswith("[simulated Gemini]")
    assert ask_legacy_gemini(sim.url("gemini"), stream=True).startswith("[simulated Gemini]")


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_gemini_is_served_on_both_versions_paths(sim: Simulator, version: str) -> None:
    client = gemini_client(Operation(base_url=sim.url("gemini")), version)
    answer = client.models.generate_content(model="gemini-2.5-pro", contents="hello")
    counted = client.models.count_tokens(model="gemini-2.5-pro", contents="hello")
    names = [model.name for model in client.models.list()]
    client.close()

    assert answer.usage_metadata.thoughts_token_count == 64
    assert answer.usage_metadata.total_token_count > 64 + answer.usage_metadata.candidates_token_count
    assert answer.response_id
    assert counted.total_tokens == 2
    assert "models/gemini-3.8-flash" in names


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_or_unlisted_key_is_refused(sim: Simulator, vendor: str) -> None:
    status = {"claude": 401, "gemini": 400, "openai": 401}[vendor]

    assert ask(sim, vendor, key="a-wrong-key").status == status
    sim.set_keys(vendor, ["the-only-key"])
    assert ask(sim, vendor).status == status
    assert ask(sim, vendor, key="the-only-key").error == ""


def test_two_accounts_of_one_vendor_live_side_by_side(sim: Simulator) -> None:
    sim.add_account("claude-b", "claude", keys=["second-key"])
    sim.fault("claude", "credit")

    assert ask(sim, "claude").status == 400
    assert ask(sim, "claude", account="claude-b", key="second-key").error == ""
    assert (sim.calls("claude"), sim.calls("claude-b")) == (1, 1)
    assert ask(sim, "claude", account="claude-b", key="sim-key").status == 401


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_model_is_not_found(sim: Simulator, vendor: str) -> None:
    assert ask(sim, vendor, model="llama-9").status == 404
    sim.set_models(vendor, ["llama-9"])
    assert ask(sim, vendor, model="llama-9").error == ""
    assert ask(sim, vendor).status == 404
