"""Each quirk of the catalogue on the wire: the vendor takes the first request, and would refuse OpenAI's own way."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from llm.adapters import AdapterConfig, Transport, build
from llm.core.addresses.reach import TRUSTED
from llm.core.chat.request import (
    OPENAI,
    REASONING_CONTENT,
    ChatRequest,
    Message,
    Role,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    message,
)
from llm.core.chat.response import Completion, Done
from llm.core.failures.policy import ErrorClass, ProviderError
from llm.core.forecast.ledger import VendorBalance
from llm.simulator import Simulator
from llm.simulator.openai.manners import Manners
from llm.vendors.catalogue import PRESETS
from llm.vendors.quirks import NO_QUIRKS, Quirks

NAME = "quirky"
MODEL = "m"
HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),), max_tokens=300)
WEATHER = Tool(name="weather")
CLAUDES_CALL = ToolCall(id="toolu_01A09q90qw90lq917835lq9", name="weather", arguments="{}")


@dataclass(frozen=True)
class Vendor:
    """A vendor with manners of its own."""

    sim: Simulator

    def behaves(self, **manners: Any) -> None:
        self.sim.add_account(NAME, "openai", models=[MODEL])
        self.sim.behave(NAME, Manners(**manners))

    def ask(
        self, request: ChatRequest, quirks: Quirks, *, stream: bool = False, transport: Transport = Transport.LEAN
    ) -> Completion:
        async def call() -> Completion:
            adapter = build(self.config(quirks, transport))
            try:
                if not stream:
                    return await adapter.complete(request, timeout_s=5)
                (done,) = [e async for e in adapter.stream(request, timeout_s=5) if isinstance(e, Done)]
                return done.completion
            finally:
                await adapter.close()

        return asyncio.run(call())

    def config(self, quirks: Quirks, transport: Transport = Transport.LEAN) -> AdapterConfig:
        return AdapterConfig(
            name="test",
            kind="openai",
            model=MODEL,
            api_key="sk-test-0123456789",
            base_url=self.sim.url(NAME),
            reach=TRUSTED,
            transport=transport,
            quirks=quirks,
        )

    def models(self, quirks: Quirks) -> tuple[str, ...]:
        async def call() -> tuple[str, ...]:
            adapter = build(self.config(quirks))
            try:
                return await adapter.list_models(timeout_s=5)
            finally:
                await adapter.close()

        return asyncio.run(call())

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.sim.answered(NAME)]

    @property
    def statuses(self) -> list[int | None]:
        return [request.status for request in self.sim.answered(NAME)]


@pytest.fixture
def vendor(sim: Simulator) -> Vendor:
    return Vendor(sim)


def after_a_call(*before: Thinking) -> ChatRequest:
    """A tool was called by another vendor's model, and has answered."""
    return ChatRequest(
        messages=(
            message(Role.USER, "Quel temps ?"),
            Message(role=Role.ASSISTANT, parts=(*before, CLAUDES_CALL)),
            Message(role=Role.USER, parts=(ToolResult(call_id=CLAUDES_CALL.id, name="weather", content="32 °C"),)),
        ),
        tools=(WEATHER,),
        max_tokens=300,
    )


def quirks(name: str) -> Quirks:
    return PRESETS[name].quirks


@pytest.mark.parametrize(
    ("name", "field"),
    [("mistral", "max_tokens"), ("groq", "max_completion_tokens"), ("azure", "max_completion_tokens")],
)
def test_the_answers_bound_stands_in_the_field_that_the_vendor_takes(vendor: Vendor, name: str, field: str) -> None:
    vendor.behaves(limit_field=field, key_header=quirks(name).key_header)
    vendor.ask(HELLO, quirks(name))
    assert vendor.bodies[0][field] == 300
    assert vendor.statuses == [200]


def test_without_its_quirk_a_refused_field_costs_a_second_request(vendor: Vendor) -> None:
    vendor.behaves(limit_field="max_completion_tokens")
    vendor.ask(HELLO, NO_QUIRKS)
    assert vendor.statuses == [422, 200]


@pytest.mark.parametrize("transport", list(Transport))
def test_the_key_stands_in_the_header_that_the_vendor_reads(vendor: Vendor, transport: Transport) -> None:
    vendor.behaves(key_header="api-key", limit_field="max_completion_tokens")
    assert vendor.ask(HELLO, quirks("azure"), transport=transport).text
    (seen,) = vendor.sim.answered(NAME)
    assert "authorization" not in seen.headers
    assert seen.headers["api-key"] == "****6789"


def test_with_openais_header_such_a_vendor_refuses_the_key(vendor: Vendor) -> None:
    vendor.behaves(key_header="api-key")
    with pytest.raises(ProviderError) as caught:
        vendor.ask(HELLO, NO_QUIRKS)
    assert caught.value.failure.error_class is ErrorClass.AUTH


def test_fields_that_the_vendor_refuses_are_not_sent_and_named_to_the_caller(vendor: Vendor) -> None:
    vendor.behaves(refused=quirks("cerebras").unsent, limit_field="max_completion_tokens")
    request = ChatRequest(
        messages=HELLO.messages,
        frequency_penalty=0.5,
        presence_penalty=0.5,
        temperature=0.2,
        tools=(WEATHER,),
        tool_choice=ToolChoice(parallel=False),
    )
    completion = vendor.ask(request, quirks("cerebras"))
    assert set(completion.dropped) == {"frequency_penalty", "presence_penalty", "parallel_tool_calls"}
    assert vendor.bodies[0]["temperature"] == 0.2
    assert vendor.statuses == [200]


def test_what_the_gateway_adds_itself_is_left_out_without_a_word(vendor: Vendor) -> None:
    vendor.behaves(refused=frozenset({"stream_options"}), base_path="/compatibility/v1")
    completion = vendor.ask(HELLO, quirks("cohere"), stream=True)
    assert (completion.dropped, vendor.statuses) == ((), [200])


def test_a_field_goes_out_under_the_vendors_name(vendor: Vendor) -> None:
    vendor.behaves(refused=frozenset({"seed"}), extra=frozenset({"random_seed"}), limit_field="max_tokens")
    completion = vendor.ask(ChatRequest(messages=HELLO.messages, seed=7), quirks("mistral"))
    assert vendor.bodies[0]["random_seed"] == 7
    assert (completion.dropped, vendor.statuses) == ((), [200])


def test_ids_of_tool_calls_have_the_length_that_the_vendor_wants(vendor: Vendor) -> None:
    vendor.behaves(tool_id="[a-zA-Z0-9]{9}", limit_field="max_tokens")
    vendor.ask(after_a_call(), quirks("mistral"))
    _, called, result = vendor.bodies[0]["messages"]
    assert called["tool_calls"][0]["id"] == result["tool_call_id"]
    assert vendor.statuses == [200]
    with pytest.raises(ProviderError):
        vendor.ask(after_a_call(), NO_QUIRKS)


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_reaches_the_caller_and_goes_back_to_the_vendor(vendor: Vendor, stream: bool) -> None:
    vendor.behaves(wants_reasoning=True)
    vendor.sim.reply(NAME, "Il fait beau.", thinking="La météo dit 32 °C, donc il fait beau.")
    (thought,) = vendor.ask(HELLO, quirks("deepseek"), stream=stream).thinking
    assert thought == Thinking(kind=OPENAI, text="La météo dit 32 °C, donc il fait beau.", signature=REASONING_CONTENT)
    vendor.ask(after_a_call(thought), quirks("deepseek"))
    assert vendor.bodies[-1]["messages"][1]["reasoning_content"] == thought.text


@pytest.mark.parametrize(("name", "wants_text"), [("deepseek", False), ("moonshot", True)])
def test_a_call_of_another_vendors_model_has_no_reasoning_and_is_taken_all_the_same(
    vendor: Vendor, name: str, wants_text: bool
) -> None:
    vendor.behaves(wants_reasoning=True, wants_text=wants_text)
    vendor.ask(after_a_call(), quirks(name))
    assert vendor.statuses == [200]


def test_a_vendor_that_wants_no_reasoning_is_sent_none(vendor: Vendor) -> None:
    vendor.behaves(limit_field="max_tokens")
    vendor.ask(after_a_call(Thinking(kind=OPENAI, text="Hm.", signature=REASONING_CONTENT)), quirks("mistral"))
    assert vendor.statuses == [200]


def test_models_are_listed_where_the_vendor_lists_them(vendor: Vendor) -> None:
    vendor.behaves(base_path="/compatibility/v1", models_path="/v1/models", models_named=True)
    assert vendor.models(quirks("cohere")) == (MODEL,)


def test_a_vendor_without_a_list_is_not_asked_for_one(vendor: Vendor) -> None:
    vendor.behaves(models_path=None)
    with pytest.raises(ProviderError) as caught:
        vendor.models(quirks("perplexity"))
    assert caught.value.failure.message == "this vendor lists no models"
    assert vendor.statuses == []


def test_headers_of_the_vendors_own_go_out_with_each_request(vendor: Vendor) -> None:
    vendor.behaves()
    vendor.ask(HELLO, Quirks(headers=(("x-plan", "gold"),)))
    (seen,) = vendor.sim.answered(NAME)
    assert seen.headers["x-plan"] == "gold"


def test_moonshot_tells_its_balance(sim: Simulator) -> None:
    sim.add_account("moonshot", "openai", models=[MODEL])
    sim.hold("moonshot", 12.5)
    config = AdapterConfig(
        name="m", kind="openai", model=MODEL, api_key="k" * 12, base_url=sim.url("moonshot"), reach=TRUSTED
    )

    async def call() -> VendorBalance | None:
        adapter = build(config)
        try:
            return await adapter.balance(timeout_s=5)
        finally:
            await adapter.close()

    told = asyncio.run(call())
    assert told is not None
    assert (float(told.amount), told.currency) == (12.5, "USD")


def test_plain_text_of_a_dialogue_is_the_same_with_and_without_quirks(vendor: Vendor) -> None:
    vendor.behaves()
    talk = ChatRequest(
        messages=(
            message(Role.USER, "Bonjour"),
            Message(role=Role.ASSISTANT, parts=(Text(text="Bonjour !"),)),
            message(Role.USER, "Merci"),
        )
    )
    vendor.ask(talk, NO_QUIRKS)
    vendor.ask(talk, quirks("deepseek"))
    assert vendor.bodies[0]["messages"] == vendor.bodies[1]["messages"]
