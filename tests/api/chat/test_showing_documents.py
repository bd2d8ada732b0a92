"""PDFs through both doors to every vendor, plain and streamed, over HTTP."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from anthropic import Anthropic

from llm.models import Call
from llm.simulator import Simulator
from tests.api.openai.chatting import VENDORS, Chat
from tests.conftest import Live, Person
from tests.pdfs import NO_PDF, PDF, PDF_BYTES

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)
both_ways = pytest.mark.parametrize("streamed", [False, True])

URL = f"data:application/pdf;base64,{PDF}"
ASK = {"type": "text", "text": "What does it say?"}
FILE = {"type": "file", "file": {"filename": "devis.pdf", "file_data": URL}}
BASE64 = {"type": "base64", "media_type": "application/pdf", "data": PDF}
DOCUMENT = {"type": "document", "title": "devis.pdf", "source": BASE64}
LINKED = {"type": "document", "source": {"type": "url", "url": "https://example.test/devis.pdf"}}
READ = f"PDFs read, in bytes: {len(PDF_BYTES)}."
WIRE: dict[str, list[Any]] = {
    "claude": [{"type": "document", "source": BASE64, "title": "devis.pdf"}, ASK],
    "gemini": [
        {"text": "devis.pdf:"},
        {"inlineData": {"mimeType": "application/pdf", "data": PDF}},
        {"text": ASK["text"]},
    ],
    "openai": [FILE, ASK],
}


@pytest.fixture
def claude_client(live: Live, consumer: Person, providers: list[str]) -> Iterator[Anthropic]:
    with Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0, timeout=30) as made:
        yield made


def last_turn(vendor: str, body: Any) -> Any:
    return body["contents"][-1]["parts"] if vendor == "gemini" else body["messages"][-1]["content"]


def asked(client: Anthropic, vendor: str, content: list[Any], *, before: Any = (), streamed: bool = False) -> str:
    """The text of the answer."""
    given: dict[str, Any] = {
        "model": vendor,
        "max_tokens": 500,
        "messages": [*before, {"role": "user", "content": content}],
        "extra_body": {"fallbacks": [], "static": False},
    }
    if streamed:
        with client.messages.stream(**given) as stream:
            return stream.get_final_text()
    return "".join(block.text for block in client.messages.create(**given).content)


@both_ways
@by_vendor
def test_a_file_of_openais_door_arrives_in_each_vendors_form(chat: Chat, vendor: str, streamed: bool) -> None:
    messages = [{"role": "user", "content": [FILE, ASK]}]
    text = chat.stream(vendor, messages).text if streamed else chat.ask(vendor, messages).message.content
    assert READ in text
    assert last_turn(vendor, chat.seen(vendor)) == WIRE[vendor]


@both_ways
@by_vendor
def test_a_document_of_anthropics_door_arrives_in_each_vendors_form(
    claude_client: Anthropic, sim: Simulator, vendor: str, streamed: bool
) -> None:
    assert READ in asked(claude_client, vendor, [DOCUMENT, ASK], streamed=streamed)
    assert last_turn(vendor, sim.requests(vendor)[-1].body) == WIRE[vendor]


@by_vendor
def test_a_document_in_a_tools_result_follows_the_result(claude_client: Anthropic, sim: Simulator, vendor: str) -> None:
    before = [
        {"role": "user", "content": "Fetch it."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "fetch", "input": {}}]},
    ]
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [DOCUMENT]}
    asked(claude_client, vendor, [result], before=before)
    body = sim.requests(vendor)[-1].body
    assert WIRE[vendor][0] in last_turn(vendor, body)
    assert str(body).count("[document devis.pdf]") == 1


def test_a_document_stays_in_the_dialogue_when_its_vendor_changes(claude_client: Anthropic, sim: Simulator) -> None:
    before = [{"role": "user", "content": [DOCUMENT, ASK]}, {"role": "assistant", "content": "A devis."}]
    for vendor in VENDORS:
        asked(claude_client, vendor, [{"type": "text", "text": "And its price?"}], before=before)
    assert sim.requests("gemini")[-1].body["contents"][0]["parts"] == WIRE["gemini"]
    assert sim.requests("openai")[-1].body["messages"][0]["content"] == WIRE["openai"]


def test_a_link_goes_to_a_vendor_that_fetches_it(claude_client: Anthropic, sim: Simulator) -> None:
    content: Any = [LINKED, ASK]
    claude_client.messages.create(model="openai", max_tokens=50, messages=[{"role": "user", "content": content}])
    assert (sim.calls("openai"), sim.calls("claude")) == (0, 1)
    with pytest.raises(anthropic.BadRequestError) as caught:
        asked(claude_client, "openai", [LINKED, ASK])
    assert "does not fetch documents by https links" in str(caught.value)


def test_what_is_no_pdf_is_refused_by_name_and_asked_of_nobody(chat: Chat, claude_client: Anthropic) -> None:
    file = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{NO_PDF}"}}
    with pytest.raises(openai.BadRequestError) as refused:
        chat.ask("claude", [{"role": "user", "content": [file, ASK]}])
    assert refused.value.param == "messages[0].content[0].file.file_data"
    block = {**DOCUMENT, "source": {**BASE64, "data": NO_PDF}}
    with pytest.raises(anthropic.BadRequestError) as caught:
        asked(claude_client, "claude", [block, ASK])
    assert "messages.0.content.0.source.data" in str(caught.value)
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}


def test_the_record_keeps_the_words_and_not_the_file(chat: Chat, settings: Any) -> None:
    settings.LLM = {**settings.LLM, "KEEP_CONTENT": True}
    chat.ask("claude", [{"role": "user", "content": [FILE, ASK]}])
    prompt = Call.objects.get().prompt
    assert ASK["text"] in prompt
    assert PDF not in prompt


@by_vendor
def test_blocks_of_another_vendors_tools_do_not_end_a_dialogue(
    claude_client: Anthropic, sim: Simulator, vendor: str
) -> None:
    said: list[Any] = [
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "plumbers"}},
        {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []},
        {"type": "text", "text": "I found one."},
    ]
    raw = claude_client.messages.with_raw_response.create(
        model=vendor,
        max_tokens=500,
        messages=[
            {"role": "user", "content": "Find one."},
            {"role": "assistant", "content": said},
            {"role": "user", "content": "Go on."},
        ],
    )
    assert raw.headers["X-LLM-Provider"] == vendor
    assert raw.headers["X-LLM-Dropped"] == "server_tool_use,web_search_tool_result"
    assert '[server_tool_use web_search: {"query": "plumbers"}]' in str(sim.requests(vendor)[-1].body)
