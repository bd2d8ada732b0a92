"""Text in every failure: vendors down, database unreachable, rows unusable, the gateway broken."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

import conversations.static_texts
from llm import ai_service
from llm.ai_service import AIService
from llm.core.chat.static_answers import GENERIC_TEXTS
from llm.models import Call, Provider, StaticText
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from llm.stores.config.changes import announce
from llm.stores.config.snapshot import config_store
from tests.stores.circuits.weather import gone

pytestmark = pytest.mark.django_db(transaction=True)

SORRY = GENERIC_TEXTS["en"]


@pytest.fixture
def environment(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose Claude is the simulated one."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", sim.url("claude"))
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-sonnet-5-5")


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def no_database() -> Iterator[None]:
    """Hides every table that a call reads or writes."""
    with ExitStack() as away:
        for table in (
            "llm_configversion",
            "llm_provider",
            "llm_circuit",
            "llm_circuitevent",
            "llm_call",
            "llm_attempt",
        ):
            away.enter_context(gone(table))
        yield


def say(prompt: object = "Where is the main water valve?", **more: object) -> str:
    return AIService(language="en").generate_sync(prompt, **more)  # type: ignore[arg-type]


class TestUsually:
    def test_claude_answers(self, sim: Simulator, providers: list[str]) -> None:
        sim.reply("claude", "Under the sink.")
        assert say() == "Under the sink."

    def test_async_callers_await_the_same(self, sim: Simulator, providers: list[str]) -> None:
        sim.reply("claude", "Under the sink.")
        assert asyncio.run(_generate()) == "Under the sink."

    def test_messages_and_options_reach_the_vendor(self, sim: Simulator, providers: list[str]) -> None:
        turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
        say([*turns, {"role": "user", "content": "A leak!"}], system="Be kind.", max_tokens=50)
        body = sim.requests("claude")[-1].body
        assert (body["max_tokens"], len(body["messages"])) == (50, 3)
        assert "Be kind." in str(body["system"])

    def test_a_named_provider_is_asked_first(self, sim: Simulator, providers: list[str]) -> None:
        sim.reply("openai", "From OpenAI.")
        assert say(provider="openai") == "From OpenAI."

    def test_the_call_is_recorded_with_its_origin(self, providers: list[str]) -> None:
        say()
        assert Call.objects.get().origin == "code"


async def _generate() -> str:
    return await AIService(language="en").generate("Where is the main water valve?")


class TestTroubleWithVendors:
    @pytest.mark.parametrize("fault", ["credit", "server_error", "wrong_key", "invalid_request", "content_filtered"])
    def test_the_static_text_is_given_and_nothing_raised(
        self, sim: Simulator, providers: list[str], fault: str
    ) -> None:
        for name in providers:
            sim.fault(name, fault)
        assert say() == SORRY

    @pytest.mark.parametrize("fault", ["credit", "invalid_request"])
    def test_it_is_the_operators_text(self, sim: Simulator, providers: list[str], fault: str) -> None:
        row = StaticText.objects.get(route="default", language="en")
        row.text = "Call 677 00 00 00."
        row.save()
        for name in providers:
            sim.fault(name, fault)
        assert say() == "Call 677 00 00 00."

    def test_an_unknown_provider_gets_the_static_text(self, providers: list[str]) -> None:
        assert say(provider="oracle") == SORRY

    def test_the_static_text_is_in_the_language_of_the_question(self, sim: Simulator, providers: list[str]) -> None:
        for name in providers:
            sim.fault(name, "credit")
        text = AIService().generate_sync("Bonjour, mon évier fuit et je cherche un plombier à Akwa")
        assert text == GENERIC_TEXTS["fr"]


class TestTroubleWithTheGateway:
    def test_with_the_database_gone_a_running_process_answers_from_what_it_knows(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        say()
        sim.fault("claude", "credit")
        sim.reply("gemini", "From Gemini.")
        with no_database():
            assert say() == "From Gemini."
            assert say() == "From Gemini."
            assert sim.calls("claude") == 2

    def test_with_the_database_gone_from_the_start_claude_is_asked_directly(
        self, sim: Simulator, providers: list[str], environment: None
    ) -> None:
        sim.reply("claude", "Directly.")
        with no_database():
            config_store.forget()
            circuit_store.forget()
            assert say() == "Directly."
            assert say(provider="gemini") == "Directly."
        assert sim.answered("claude")[-1].status == 200

    def test_when_no_row_makes_sense_claude_is_asked_directly(
        self, sim: Simulator, providers: list[str], environment: None
    ) -> None:
        Provider.objects.update(kind="oracle")
        announce()
        sim.reply("claude", "Directly.")
        assert say() == "Directly."

    def test_when_the_services_break_claude_is_asked_directly(
        self, sim: Simulator, providers: list[str], environment: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ai_service, "complete", _broken)
        sim.reply("claude", "Directly.")
        assert say() == "Directly."

    def test_and_when_claude_fails_too_there_is_the_static_text_of_the_route(
        self, sim: Simulator, providers: list[str], environment: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ai_service, "complete", _broken)
        sim.fault("claude", "credit")
        assert say(route="conversation") == conversations.static_texts.TEXTS["en"]

    def test_a_claude_that_hangs_is_not_waited_for(
        self, sim: Simulator, providers: list[str], environment: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ai_service, "complete", _broken)
        monkeypatch.setattr(ai_service, "DIRECT_S", 0.3)
        sim.fault("claude", "silence")
        assert say() == SORRY

    def test_without_a_key_in_the_environment_there_is_the_static_text(
        self, providers: list[str], no_environment: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ai_service, "complete", _broken)
        assert say() == SORRY

    def test_without_any_provider_and_any_key_there_is_the_static_text(self, no_environment: None) -> None:
        assert say() == SORRY

    def test_providers_that_an_operator_switched_off_are_not_gone_round(
        self, sim: Simulator, providers: list[str], environment: None
    ) -> None:
        Provider.objects.update(enabled=False)
        announce()
        assert say() == SORRY
        assert sim.calls("claude") == 0


async def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("a bad row, a bug, anything")


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "  ",
        [],
        [{"role": "user"}],
        [{"role": "wizard", "content": "hi"}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": 5}],
        [{"role": "assistant", "content": "hi"}],
        ["hi"],
    ],
)
def test_a_prompt_that_is_none_is_the_callers_mistake(prompt: object) -> None:
    with pytest.raises(ValueError, match="prompt"):
        say(prompt)
