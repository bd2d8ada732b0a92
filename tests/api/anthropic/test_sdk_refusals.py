"""What Anthropic's own client gets when there is no plain answer: the static one, a refusal, a repeat, an exception."""

from collections.abc import Iterator

import anthropic
import pytest
from anthropic import Anthropic

from llm.simulator import Simulator
from tests.api.anthropic.asking import HELLO, VENDORS, ask
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(live: Live, consumer: Person, providers: list[str]) -> Iterator[Anthropic]:
    with Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0, timeout=30) as made:
        yield made


def test_the_static_answer_is_a_message(client: Anthropic, sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    raw = ask(client, messages=[{"role": "user", "content": "Bonjour, je cherche un plombier"}])
    assert (raw.headers["X-LLM-Provider"], raw.headers["X-LLM-Degraded"]) == ("static", "true")
    answer = raw.parse()
    assert (answer.model, answer.stop_reason, answer.usage.output_tokens) == ("static", "end_turn", 0)
    with client.messages.stream(model="default", max_tokens=9, messages=HELLO, extra_body={"language": "fr"}) as stream:
        assert stream.get_final_text() == answer.content[0].text
        assert stream.response.headers["X-LLM-Degraded"] == "true"


def test_fallbacks_replace_the_rest_of_the_chain(client: Anthropic, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    assert ask(client, extra_body={"fallbacks": ["openai"]}).headers["X-LLM-Provider"] == "openai"
    assert sim.calls("gemini") == 0


@pytest.mark.parametrize("stream", [False, True])
def test_who_refuses_the_static_answer_gets_a_503_with_a_time(
    client: Anthropic, sim: Simulator, providers: list[str], stream: bool
) -> None:
    for name in providers:
        sim.fault(name, "credit")
    with pytest.raises(anthropic.InternalServerError) as caught:
        ask(client, stream=stream, extra_body={"static": False})
    error = caught.value
    assert (error.status_code, error.type, error.error_code) == (503, "overloaded_error", "no_answer")
    assert int(error.response.headers["Retry-After"]) >= 1
    assert error.request_id == error.response.json()["request_id"] == error.response.headers["X-Request-ID"]


@pytest.mark.parametrize("provider", VENDORS)
def test_a_models_refusal_is_a_refusal(client: Anthropic, sim: Simulator, provider: str) -> None:
    sim.fault(provider, "content_filtered", variant="refusal")
    answer = ask(client, model=provider).parse()
    with client.messages.stream(model=provider, max_tokens=500, messages=HELLO) as stream:
        streamed = stream.get_final_message()
    for said in (answer, streamed):
        assert said.stop_reason == "refusal"
        assert said.stop_details.explanation == said.content[0].text == "I'm sorry, but I can't help with that."


@pytest.mark.parametrize("stream", [False, True])
def test_a_repeat_under_the_same_key_gets_the_same_answer(client: Anthropic, sim: Simulator, stream: bool) -> None:
    first, again = (ask(client, stream=stream, extra_headers={"Idempotency-Key": "order-7"}) for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true"
    if stream:
        assert list(again.parse()) == list(first.parse())
    else:
        assert again.parse() == first.parse()
    assert sim.calls("claude") == 1
    with pytest.raises(anthropic.UnprocessableEntityError) as caught:
        ask(client, max_tokens=9, extra_headers={"Idempotency-Key": "order-7"})
    assert caught.value.error_code == "idempotency_key_reused"


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_vendor_rejects_is_a_422(
    client: Anthropic, sim: Simulator, providers: list[str], stream: bool
) -> None:
    for name in providers:
        sim.fault(name, "context_length")
    with pytest.raises(anthropic.UnprocessableEntityError) as caught:
        ask(client, stream=stream)
    assert (caught.value.type, caught.value.error_code) == ("invalid_request_error", "context_length")


def test_an_unknown_model_is_a_404(client: Anthropic, sim: Simulator) -> None:
    with pytest.raises(anthropic.NotFoundError) as caught:
        ask(client, model="claude-3-haiku-unheard-of")
    assert (caught.value.type, sim.calls("claude")) == ("not_found_error", 0)


@pytest.mark.parametrize("stream", [False, True])
def test_a_faulty_request_is_a_400_that_names_the_field(client: Anthropic, sim: Simulator, stream: bool) -> None:
    for given, named in (
        ({"extra_body": {"fallbacks": ["nobody"]}}, "fallbacks"),
        (
            {"extra_body": {"temprature": 1}, "extra_headers": {"X-LLM-Strict": "true"}},
            "temprature: Extra inputs are not permitted",
        ),
        ({"extra_headers": {"X-LLM-Strict": "perhaps"}}, "X-LLM-Strict: Must be true or false."),
        ({"max_tokens": 0}, "max_tokens"),
    ):
        with pytest.raises(anthropic.BadRequestError) as caught:
            ask(client, stream=stream, **given)
        assert caught.value.type == "invalid_request_error"
        assert named in str(caught.value.api_message)
    assert sim.calls("claude") == 0


def test_a_bad_key_is_a_401(client: Anthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError) as caught:
        ask(client.with_options(api_key="djb_wrong"))
    assert (caught.value.type, caught.value.error_code) == ("authentication_error", "invalid_api_key")
