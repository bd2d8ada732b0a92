"""What a model declines arrives as a refusal; what a vendor's filter refuses to read stays an error."""

import openai
import pytest

from llm.models import Call, Route
from tests.api.openai.chatting import VENDORS, Chat

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)

NO = "I'm sorry, but I can't help with that."
SAID = [
    # vendor, how it refuses, the words, the finish reason
    ("claude", "refusal", NO, "content_filter"),
    ("claude", "finish", "The model refused to answer (refusal).", "content_filter"),
    ("gemini", "refusal", NO, "content_filter"),
    ("gemini", "finish", "The model refused to answer (SAFETY).", "content_filter"),
    ("gemini", "prompt", "the prompt was blocked (PROHIBITED_CONTENT)", "content_filter"),
    ("openai", "refusal", NO, "stop"),
    ("openai", "finish", "The model refused to answer (content_filter).", "content_filter"),
]


@pytest.mark.parametrize(("vendor", "variant", "words", "finish"), SAID)
def test_a_models_refusal_is_a_refusal(chat: Chat, vendor: str, variant: str, words: str, finish: str) -> None:
    chat.sim.fault(vendor, "content_filtered", variant=variant)
    reply = chat.ask(vendor)
    assert (reply.message.refusal, reply.message.content, reply.finish) == (words, None, finish)
    assert (reply.headers["X-LLM-Provider"], reply.headers["X-LLM-Attempts"]) == (vendor, "1")
    assert reply.answer.usage is not None
    assert reply.answer.usage.prompt_tokens == 8
    assert reply.answer.usage.completion_tokens == 1


@pytest.mark.parametrize(("vendor", "variant", "words", "finish"), SAID)
def test_a_streamed_no_is_a_refusal_too(chat: Chat, vendor: str, variant: str, words: str, finish: str) -> None:
    chat.sim.fault(vendor, "content_filtered", variant=variant)
    streamed = chat.stream(vendor, stream_options={"include_usage": True})
    assert (streamed.refusal, streamed.text, streamed.finish) == (words, "", finish)
    assert streamed.chunks[-1].usage is not None
    assert streamed.chunks[-1].usage.prompt_tokens == 8


def _until_done(chat: Chat, vendor: str) -> str | None:
    chat.sim.fault(vendor, "content_filtered", variant="refusal")
    with chat.client.chat.completions.stream(
        model=vendor, messages=[{"role": "user", "content": "Hello"}], extra_body={"fallbacks": []}
    ) as stream:
        stream.until_done()
        return stream.get_final_completion().choices[0].message.refusal


def test_the_sdks_stream_helper_reads_the_refusal(chat: Chat) -> None:
    assert _until_done(chat, "openai") == NO


@pytest.mark.parametrize("vendor", ["claude", "gemini"])
def test_the_sdks_stream_helper_raises_its_own_error_for_a_filter(chat: Chat, vendor: str) -> None:
    with pytest.raises(openai.ContentFilterFinishReasonError):
        _until_done(chat, vendor)


@by_vendor
def test_text_before_a_refusal_is_delivered_and_ends_by_the_filter(chat: Chat, vendor: str) -> None:
    chat.sim.fault(vendor, "content_filtered", variant="partial")
    reply, streamed = chat.ask(vendor), chat.stream(vendor)
    assert (reply.finish, streamed.finish) == ("content_filter", "content_filter")
    assert reply.message.refusal is None
    assert reply.message.content
    assert streamed.text == reply.message.content


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("vendor", ["claude", "openai"])  # Gemini says no in an answer only
def test_a_request_that_a_filter_refuses_to_read_is_an_error(chat: Chat, vendor: str, stream: bool) -> None:
    chat.sim.fault(vendor, "content_filtered", variant="error")
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        (chat.stream if stream else chat.ask)(vendor)
    assert "content filter" in str(caught.value)


def test_a_route_may_ask_the_next_one(chat: Chat) -> None:
    Route.objects.filter(name="conversation").update(on_refusal="next")
    chat.sim.fault("claude", "content_filtered", variant="refusal")
    reply = chat.client.chat.completions.create(model="conversation", messages=[{"role": "user", "content": "Hello"}])
    assert (reply.model, reply.choices[0].message.refusal) == ("gemini-3.8-flash", None)


def test_the_record_of_a_refusal_says_that_it_was_one(chat: Chat) -> None:
    chat.sim.fault("claude", "content_filtered", variant="refusal")
    reply = chat.ask("claude", behind=("gemini",))
    call = Call.objects.get(pk=reply.answer.id.removeprefix("chatcmpl-"))
    assert (call.status, call.error_class, call.attempts_made) == ("rejected", "content_filtered", 1)
    assert chat.asked() == {"claude": 1, "gemini": 0, "openai": 0}
