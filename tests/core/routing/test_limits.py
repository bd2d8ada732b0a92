"""What a provider is passed over for: bounds that no fitting helps."""

import pytest

from llm.core.chat.request import ChatRequest, Document, Image, Message, Part, Role, Tool
from llm.core.routing.limits import NO_LIMITS, RequestLimits, misfit
from llm.limits import limits_of


def asked(*parts: Part, tools: int = 0) -> ChatRequest:
    return ChatRequest(
        messages=(Message(role=Role.USER, parts=parts),), tools=tuple(Tool(name=f"t{n}") for n in range(tools))
    )


LINK = Document(url="https://files.example.com/a.pdf")


def pdf(size: int) -> Document:
    """A PDF of `size` bytes on the wire."""
    return Document(data="A" * size)


def picture(size: int) -> Image:
    return Image(data="A" * size, media_type="image/png")


@pytest.mark.parametrize(
    ("request_", "limits", "parameter"),
    [
        (asked(tools=129), limits_of("openai", "gpt-6.1-terra"), "tools"),
        (asked(Image(url="http://img.example.com/a.jpg")), limits_of("claude", "claude-sonnet-5-5"), "messages"),
        (asked(Image(url="http://img.example.com/a.jpg")), limits_of("gemini", "gemini-3.8-flash"), "messages"),
        (asked(picture(11 * 1024 * 1024)), limits_of("claude", "claude-sonnet-5-5"), "messages"),
        (asked(*[picture(3)] * 101), limits_of("claude", "claude-haiku-4-5"), "messages"),
        (asked(picture(900), picture(200)), RequestLimits(body_bytes=1_000), "messages"),
        (asked(picture(900), pdf(200)), RequestLimits(body_bytes=1_000), "messages"),
        (asked(pdf(1_200)), RequestLimits(document_bytes=899), "messages"),
        (asked(pdf(34 * 1024 * 1024)), limits_of("claude", "claude-sonnet-5-5"), "messages"),
        (asked(pdf(70 * 1024 * 1024)), limits_of("gemini", "gemini-3.8-flash"), "messages"),
        (asked(pdf(52 * 1024 * 1024 + 1)), limits_of("openai", "gpt-6.1-terra"), "messages"),
        (asked(LINK), limits_of("openai", "gpt-6.1-terra"), "messages"),
        (asked(LINK), limits_of("openai", "llama-3.3-70b"), "messages"),
        (asked(Document(url="http://files.example.com/a.pdf")), limits_of("claude", "claude-sonnet-5-5"), "messages"),
    ],
)
def test_a_request_beyond_a_bound_is_passed_over_by_name(
    request_: ChatRequest, limits: RequestLimits, parameter: str
) -> None:
    beyond = misfit(request_, limits)
    assert beyond is not None
    assert beyond.parameter == parameter


@pytest.mark.parametrize(
    ("request_", "limits"),
    [
        (asked(tools=128), limits_of("openai", "gpt-6.1-terra")),
        (asked(tools=400), limits_of("claude", "claude-sonnet-5-5")),
        (asked(*[picture(3)] * 600), limits_of("claude", "claude-sonnet-5-5")),
        (asked(tools=400), limits_of("openai", "llama-3.3-70b")),
        (asked(Image(url="https://img.example.com/a.jpg")), limits_of("claude", "claude-sonnet-5-5")),
        (asked(picture(10_000_000), tools=1_000), NO_LIMITS),
        (asked(pdf(1_200)), RequestLimits(document_bytes=900)),
        (asked(pdf(25 * 1024 * 1024)), limits_of("claude", "claude-sonnet-5-5")),
        (asked(pdf(10 * 1024 * 1024)), limits_of("gemini", "gemini-3.8-flash")),
        (asked(pdf(25 * 1024 * 1024)), limits_of("openai", "gpt-6.1-terra")),
        (asked(LINK), limits_of("claude", "claude-sonnet-5-5")),
        (asked(LINK), limits_of("gemini", "gemini-3.8-flash")),
    ],
)
def test_a_request_within_the_bounds_fits(request_: ChatRequest, limits: RequestLimits) -> None:
    assert misfit(request_, limits) is None
