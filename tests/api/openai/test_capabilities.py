"""A request goes only to providers that can take it; the record says who was passed over for that."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
from django.test import Client

from llm.models import Provider
from tests.api.openai.chatting import VENDORS, Chat
from tests.conftest import Person
from tests.pdfs import PDF

pytestmark = pytest.mark.django_db(transaction=True)
both_ways = pytest.mark.parametrize("stream", [False, True])

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.test/leak.png"}}
LOOK: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]}]
PDF_FILE = {"type": "file", "file": {"filename": "devis.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
READ: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "What does it say?"}, PDF_FILE]}]
WEATHER = {"type": "function", "function": {"name": "weather"}}
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
LONG: list[Any] = [{"role": "user", "content": "water " * 125_000}]
"""750,000 characters, which are 150,000 tokens."""

NEEDS: dict[str, tuple[list[Any], dict[str, Any], str, str]] = {
    "images": (LOOK, {}, "capability", "cannot do: images"),
    "documents": (READ, {}, "capability", "cannot do: documents"),
    "tools": (HELLO, {"tools": [WEATHER]}, "capability", "cannot do: tools"),
    "length": (LONG, {}, "context_window", "about 150000 tokens do not fit its window of 128000"),
}


def without(need: str, *names: str) -> None:
    """Takes the ability from these providers."""
    for row in Provider.objects.filter(name__in=names):
        if need == "length":
            row.context_window = 128_000
        else:
            row.supports = [name for name in row.capabilities if name != need]
        row.save()


Told = Callable[[], dict[str, Any]]


@pytest.fixture
def record(client: Client, admin: Person) -> Told:
    def last() -> dict[str, Any]:
        (newest, *_) = client.get("/api/llm/calls", headers=admin.headers).json()["calls"]
        found: dict[str, Any] = client.get(f"/api/llm/calls/{newest['id']}", headers=admin.headers).json()
        return found

    return last


@both_ways
@pytest.mark.parametrize("need", NEEDS)
def test_only_capable_providers_are_asked_and_the_record_names_the_others(
    chat: Chat, record: Told, need: str, stream: bool
) -> None:
    messages, given, reason, detail = NEEDS[need]
    without(need, "claude", "openai")
    Provider.objects.filter(name="gemini").update(context_window=1_000_000)
    (chat.stream if stream else chat.ask)("claude", messages, behind=("openai", "gemini"), **given)
    assert chat.asked() == {"claude": 0, "gemini": 1, "openai": 0}
    told = record()
    assert (told["provider"], told["attempts_made"]) == ("gemini", 1)
    assert [(s["provider"], s["reason"], s["detail"]) for s in told["skips"]] == [
        ("claude", reason, detail),
        ("openai", reason, detail),
    ]


@both_ways
@pytest.mark.parametrize(
    ("need", "param", "code"),
    [
        ("images", "messages", "invalid_request"),
        ("documents", "messages", "invalid_request"),
        ("tools", "tools", "invalid_request"),
        ("length", "messages", "context_length_exceeded"),
    ],
)
def test_a_request_beyond_all_providers_is_refused_by_name(
    chat: Chat, record: Told, need: str, param: str, code: str, stream: bool
) -> None:
    messages, given, _, detail = NEEDS[need]
    without(need, *VENDORS)
    with pytest.raises(openai.BadRequestError) as caught:
        (chat.stream if stream else chat.ask)("claude", messages, behind=("gemini", "openai"), **given)
    assert caught.value.param == param
    assert caught.value.code in (code, None)
    assert all(f"{vendor}: {detail}" in str(caught.value) for vendor in VENDORS)
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}
    assert (record()["status"], len(record()["skips"])) == ("rejected", 3)


def test_a_compatible_vendor_is_passed_over_for_documents_until_an_operator_says_that_it_takes_them(
    chat: Chat, record: Told
) -> None:
    Provider.objects.filter(name="openai").update(model="llama-3.3-70b")
    chat.ask("openai", READ, behind=("gemini",))
    assert chat.asked() == {"claude": 0, "gemini": 1, "openai": 0}
    assert [(s["provider"], s["detail"]) for s in record()["skips"]] == [("openai", "cannot do: documents")]
    row = Provider.objects.get(name="openai")
    row.supports = [*row.capabilities, "documents"]
    row.save()
    with pytest.raises(openai.InternalServerError):  # it is asked, and has no such model
        chat.ask("openai", READ)
    assert chat.asked()["openai"] == 1


def test_a_request_for_an_unavailable_provider_is_not_a_bad_request(chat: Chat, client: Client, admin: Person) -> None:
    without("images", "claude", "openai")
    chat.sim.fault("gemini", "credit")
    chat.ask("gemini", HELLO, behind=("claude",))
    with pytest.raises(openai.InternalServerError) as caught:
        chat.ask("claude", LOOK, behind=("gemini", "openai"))
    assert caught.value.status_code == 503
    assert int(caught.value.response.headers["Retry-After"]) > 1
