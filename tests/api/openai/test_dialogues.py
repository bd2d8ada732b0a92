"""Messages of every kind, as each vendor's wire sees them."""

from typing import Any

import pytest

from tests.api.openai.chatting import VENDORS, Chat

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LINK = "https://example.test/leak.png"


def instructions(vendor: str, body: Any) -> str:
    if vendor == "claude":
        return str(body["system"])
    if vendor == "gemini":
        return str(body["systemInstruction"]["parts"][0]["text"])
    return "\n\n".join(turn["content"] for turn in body["messages"] if turn["role"] in ("system", "developer"))


def parts(vendor: str, body: Any) -> list[Any]:
    if vendor == "gemini":
        return list(body["contents"][-1]["parts"])
    content = body["messages"][-1]["content"]
    return [content] if isinstance(content, str) else list(content)


@by_vendor
def test_system_and_developer_messages_are_instructions(chat: Chat, vendor: str) -> None:
    chat.ask(
        vendor,
        [
            {"role": "system", "content": "You help."},
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": "Bonjour"},
        ],
    )
    assert instructions(vendor, chat.seen(vendor)) == "You help.\n\nBe brief."


@by_vendor
def test_parts_of_text_all_arrive(chat: Chat, vendor: str) -> None:
    chat.ask(vendor, [{"role": "user", "content": [{"type": "text", "text": t} for t in ("One. ", "Two.")]}])
    said = parts(vendor, chat.seen(vendor))
    assert "".join(part if isinstance(part, str) else part["text"] for part in said) == "One. Two."


IMAGES = {
    "claude": [
        {"type": "image", "source": {"type": "url", "url": LINK}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    ],
    "gemini": [
        {"fileData": {"mimeType": "image/png", "fileUri": LINK}},
        {"inlineData": {"mimeType": "image/png", "data": PNG}},
    ],
    "openai": [
        {"type": "image_url", "image_url": {"url": LINK, "detail": "high"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
    ],
}


@by_vendor
def test_images_arrive_by_link_and_by_value(chat: Chat, vendor: str) -> None:
    reply = chat.ask(
        vendor,
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": LINK, "detail": "high"}},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                ],
            }
        ],
    )
    assert parts(vendor, chat.seen(vendor))[1:] == IMAGES[vendor]
    assert reply.dropped == (set() if vendor == "openai" else {"image_url.detail"})


@by_vendor
def test_a_refused_turn_may_stand_in_the_history(chat: Chat, vendor: str) -> None:
    history = [
        {"role": "user", "content": "How do I pick a lock?"},
        {"role": "assistant", "content": None, "refusal": "I cannot help with that."},
        {"role": "user", "content": "Then find me a locksmith"},
    ]
    assert chat.ask(vendor, history).message.content
    assert "I cannot help with that." in str(chat.seen(vendor))


def test_a_name_is_served_nowhere_and_the_answer_says_so(chat: Chat) -> None:
    assert chat.ask("openai", [{"role": "user", "name": "alice", "content": "Hello"}]).dropped == {"messages.name"}
