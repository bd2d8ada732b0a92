"""OpenAI's own client against the live server: the shapes that it reads, and the errors that it raises."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]
ASK_WEATHER = [{"role": "user", "content": "Use the tool named weather for Douala."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}


@pytest.fixture
def client(live: Live, consumer: Person, providers: list[str]) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, max_retries=0, timeout=30) as made:
        yield made


def test_a_plain_answer(client: OpenAI, sim: Simulator) -> None:
    raw = client.chat.completions.with_raw_response.create(model="default", messages=HELLO)
    answer = raw.parse()
    assert raw.headers["X-LLM-Provider"] == "claude"
    assert raw.headers["X-LLM-Attempts"] == "1"
    assert raw.headers["X-LLM-Degraded"] == "false"
    assert (answer.object, answer.model) == ("chat.completion", "claude-sonnet-5-5")
    (choice,) = answer.choices
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    assert choice.message.content
    assert choice.message.tool_calls is None
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.completion_tokens_details is not None


def test_an_answer_bears_the_id_of_its_record(client: OpenAI, consumer: Person) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="default", messages=HELLO, extra_headers={"X-Request-ID": "ticket-7"}
    )
    call = Call.objects.get(pk=raw.parse().id.removeprefix("chatcmpl-"))
    assert (call.request_id, call.origin, call.user_id) == ("ticket-7", "api", consumer.user.pk)
    assert call.consumer == "alice"
    assert call.key_id
    assert raw.headers["X-Request-ID"] == "ticket-7"


def test_a_failover_shows_in_the_headers(client: OpenAI, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    raw = client.chat.completions.with_raw_response.create(model="default", messages=HELLO)
    assert (raw.headers["X-LLM-Provider"], raw.headers["X-LLM-Attempts"]) == ("gemini", "2")
    assert raw.parse().model.startswith("gemini")


def test_a_streamed_answer(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="default", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    first, *middle, finish, usage = chunks
    assert {c.id for c in chunks} == {first.id}
    assert {c.object for c in chunks} == {"chat.completion.chunk"}
    assert {c.model for c in chunks} == {"claude-sonnet-5-5"}
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    assert len("".join(c.choices[0].delta.content or "" for c in middle)) > 10
    assert [c.choices[0].finish_reason for c in (first, *middle)] == [None] * (len(middle) + 1)
    assert finish.choices[0].finish_reason == "stop"
    assert finish.choices[0].delta.content is None
    assert usage.choices == []
    assert usage.usage is not None
    assert usage.usage.completion_tokens > 0
    assert all(c.usage is None for c in chunks[:-1])


def test_a_stream_without_usage_ends_with_its_finish_reason(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="default", messages=HELLO, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_streamed_failover_shows_in_the_headers(client: OpenAI, sim: Simulator) -> None:
    sim.fault("claude", "overloaded")
    raw = client.chat.completions.with_raw_response.create(model="default", messages=HELLO, stream=True)
    assert raw.headers["X-LLM-Provider"] == "gemini"
    assert raw.headers["Cache-Control"] == "no-cache, no-transform"
    assert raw.headers["X-Accel-Buffering"] == "no"
    assert raw.headers["Content-Type"].startswith("text/event-stream")
    assert list(raw.parse())


@pytest.mark.parametrize("provider", ["claude", "gemini", "openai"])
def test_a_tool_round(client: OpenAI, provider: str) -> None:
    answer = client.chat.completions.create(
        model=provider, messages=ASK_WEATHER, tools=[WEATHER], tool_choice="required"
    )
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason == "tool_calls"
    assert message.content is None
    assert message.tool_calls is not None
    (call,) = message.tool_calls
    assert (call.type, call.function.name) == ("function", "weather")
    history = [
        *ASK_WEATHER,
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "Rain"},
    ]
    again = client.chat.completions.create(model=provider, messages=history, tools=[WEATHER], tool_choice="none")
    assert again.choices[0].message.content


@pytest.mark.parametrize("provider", ["claude", "gemini", "openai"])
def test_a_streamed_tool_call(client: OpenAI, provider: str) -> None:
    with client.chat.completions.stream(
        model=provider, messages=ASK_WEATHER, tools=[WEATHER], tool_choice="required"
    ) as stream:
        stream.until_done()
        final = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls or []
    assert (call.function.name, final.choices[0].finish_reason) == ("weather", "tool_calls")
    assert call.id


def test_the_model_may_be_a_provider_or_a_vendors_model(client: OpenAI) -> None:
    by_name = client.chat.completions.create(model="openai", messages=HELLO)
    by_model = client.chat.completions.create(model="gemini-3.8-flash", messages=HELLO)
    assert (by_name.model, by_model.model) == ("gpt-6.1-terra", "gemini-3.8-flash")


def test_fallbacks_replace_the_rest_of_the_chain(client: OpenAI, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    raw = client.chat.completions.with_raw_response.create(
        model="claude", messages=HELLO, extra_body={"fallbacks": ["openai"]}
    )
    assert raw.headers["X-LLM-Provider"] == "openai"
    assert sim.calls("gemini") == 0


def test_the_static_answer_is_in_the_users_language(client: OpenAI, sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    texts = {}
    for language, text in (("fr", "Bonjour, je cherche un plombier"), ("en", "Hello, I am looking for a plumber")):
        raw = client.chat.completions.with_raw_response.create(
            model="default", messages=[{"role": "user", "content": text}]
        )
        assert (raw.headers["X-LLM-Provider"], raw.headers["X-LLM-Degraded"]) == ("static", "true")
        texts[language] = raw.parse().choices[0].message.content
    assert texts["fr"] != texts["en"]
    chosen = client.chat.completions.create(
        model="default", messages=[{"role": "user", "content": "Bonjour"}], extra_body={"language": "en"}
    )
    assert chosen.choices[0].message.content == texts["en"]
    streamed = client.chat.completions.create(
        model="default", messages=[{"role": "user", "content": "Bonjour, ça va ?"}], stream=True
    )
    assert "".join(c.choices[0].delta.content or "" for c in streamed) == texts["fr"]


@pytest.mark.parametrize("stream", [False, True])
def test_who_refuses_the_static_answer_gets_a_503_with_a_time(
    client: OpenAI, sim: Simulator, providers: list[str], stream: bool
) -> None:
    for name in providers:
        sim.fault(name, "credit")
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="default", messages=HELLO, stream=stream, extra_body={"static": False})
    assert caught.value.status_code == 503
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    assert (caught.value.type, caught.value.code) == ("server_error", "no_answer")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("invalid_request", "invalid_request_error"),
        ("context_length", "context_length_exceeded"),
        ("content_filtered", "content_policy_violation"),
    ],
)
def test_what_the_vendor_rejects_is_a_422(
    client: OpenAI, sim: Simulator, providers: list[str], fault: str, code: str, stream: bool
) -> None:
    for name in providers:
        sim.fault(name, fault, **({"variant": "error"} if fault == "content_filtered" else {}))
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(model="default", messages=HELLO, stream=stream)
    assert caught.value.type == "invalid_request_error"
    assert caught.value.code in (code, None)
    assert caught.value.response.json()["error"]["message"]


def test_an_unknown_model_is_a_404(client: OpenAI, sim: Simulator) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-2", messages=HELLO)
    assert (caught.value.code, caught.value.type, caught.value.param) == (
        "model_not_found",
        "invalid_request_error",
        "model",
    )
    assert sim.calls("claude") == 0


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_fallback_is_a_400(client: OpenAI, sim: Simulator, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="default", messages=HELLO, stream=stream, extra_body={"fallbacks": ["nobody"]}
        )
    assert caught.value.param == "fallbacks"
    assert sim.calls("claude") == 0


def test_a_bad_key_is_a_401(client: OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        client.with_options(api_key="djb_wrong").models.list()
    assert caught.value.code == "invalid_api_key"


def test_models_can_be_listed_and_looked_up(client: OpenAI) -> None:
    ids = [m.id for m in client.models.list()]
    assert {"default", "conversation", "suggestions", "claude", "claude-sonnet-5-5"} <= set(ids)
    assert client.models.retrieve("gemini").owned_by
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-2")


def test_a_model_id_may_hold_slashes(client: OpenAI) -> None:
    from llm.models import Provider

    Provider.objects.filter(name="openai").update(model="meta-llama/Llama-9")
    Provider.objects.get(name="openai").save()
    assert client.models.retrieve("meta-llama/Llama-9").id == "meta-llama/Llama-9"
