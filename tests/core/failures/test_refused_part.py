"""Which part of a request a refusal is about. Where the sentence does not tell, nothing is learned."""

from dataclasses import replace

import pytest

from llm.core.chat.refused import ANY, INPUT_TOKENS, SIZE, Refused, digest, holds
from llm.core.chat.request import ChatRequest, Document, Image, Message, Role, Text, Tool, message
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.refused_part import refused_part

TOOLS = (Tool(name="find"), Tool(name="price"))
LINK = Image(url="https://img.example.com/a.jpg")
PICTURE = Image(media_type="image/png", data="aaaa")
HELLO = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
WITH_TOOLS = replace(HELLO, tools=TOOLS, seed=7)
WITH_LINK = ChatRequest(messages=(Message(role=Role.USER, parts=(Text(text="Look"), LINK)),), tools=TOOLS)
PDF = Document(data="JVBERi0=", name="devis.pdf")
WITH_PDF = ChatRequest(messages=(Message(role=Role.USER, parts=(Text(text="Read"), PDF)),))
WITH_PICTURE = ChatRequest(messages=(Message(role=Role.USER, parts=(Text(text="Look"), PICTURE)),), tools=TOOLS)


def part(request: ChatRequest, sentence: str, parameter: str | None = None) -> Refused | None:
    failure = Failure(error_class=ErrorClass.INVALID_REQUEST, message=sentence, parameter=parameter)
    return refused_part(request, failure, input_tokens=100)


@pytest.mark.parametrize(
    ("request_", "sentence", "parameter", "name", "value"),
    [
        (WITH_TOOLS, "This model does not support tools.", None, "tools", ANY),
        (WITH_TOOLS, "registry.example/llama does not support function calling", None, "tools", ANY),
        (WITH_TOOLS, "Tool use is not supported for this model", None, "tools", ANY),
        (WITH_TOOLS, "Invalid 'tools': array too long. Expected at most 1.", "tools", "tools", digest(TOOLS)),
        (
            WITH_TOOLS,
            "tools[1].function.parameters: the keyword 'pattern' is not supported",
            "tools[1].function.parameters",
            "tools",
            digest(TOOLS),
        ),
        (
            WITH_TOOLS,
            "Function tools with reasoning_effort are not supported for m in /v1/chat/completions.",
            "reasoning_effort",
            "tools",
            digest(TOOLS),
        ),
        (
            WITH_TOOLS,
            "* GenerateContentRequest.tools[0].function_declarations[0].name: Invalid function name.",
            None,
            "tools",
            digest(TOOLS),
        ),
        (
            WITH_LINK,
            "messages.0.content.1.image.source.url: Only HTTPS URLs are supported.",
            None,
            "links",
            "https",
        ),
        (WITH_LINK, "Unsupported file URI type: https://img.example.com/a.jpg.", None, "links", "https"),
        (WITH_LINK, "Error while downloading https://img.example.com/a.jpg.", None, "links", digest(LINK.url)),
        (WITH_PICTURE, "This model does not support image input.", None, "images", ANY),
        (WITH_PICTURE, "image_url is only supported by certain models.", None, "images", ANY),
        (WITH_PICTURE, "Could not process image", None, "images", digest((PICTURE,))),
        (WITH_PDF, "This model does not support PDF input.", None, "documents", ANY),
        (WITH_PDF, "A maximum of 100 PDF pages may be provided.", None, "documents", digest((PDF,))),
        (WITH_TOOLS, "Invalid value.", "seed", "seed", digest(7)),
    ],
)
def test_the_part_is_read_from_the_sentence(
    request_: ChatRequest, sentence: str, parameter: str | None, name: str, value: str
) -> None:
    found = part(request_, sentence, parameter)
    assert found is not None
    assert (found.part, found.value, found.words) == (name, value, sentence)
    assert holds(request_, found, input_tokens=100)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (HELLO, "This model does not support tools."),
        (HELLO, "messages: final assistant content cannot end with trailing whitespace"),
        (WITH_TOOLS, "The request is invalid."),
        (HELLO, "Could not process image"),
    ],
)
def test_nothing_is_learned_where_the_sentence_does_not_tell(request_: ChatRequest, sentence: str) -> None:
    assert part(request_, sentence) is None


@pytest.mark.parametrize(
    ("window", "estimate", "least"),
    [(None, 900, 900), (8_192, 7_500, 7_500), (8_192, 3_000, 4_096), (8_192, 20_000, 8_193), (200_000, 10, 100_000)],
)
def test_a_too_long_request_teaches_a_size(window: int | None, estimate: int, least: int) -> None:
    failure = Failure(error_class=ErrorClass.CONTEXT_LENGTH, message="too long", context_window=window)
    found = refused_part(HELLO, failure, input_tokens=estimate)
    assert found == Refused(part=INPUT_TOKENS, least=least, words="too long")


@pytest.mark.parametrize(("window", "estimate"), [(None, 10), (None, 255), (512, 100)])
def test_a_short_request_that_is_called_too_long_bars_no_others(window: int | None, estimate: int) -> None:
    failure = Failure(error_class=ErrorClass.CONTEXT_LENGTH, message="too long", context_window=window)
    found = refused_part(HELLO, failure, input_tokens=estimate)
    assert found is None or (found.least or 0) >= 256


def test_a_too_large_body_teaches_its_size_and_a_small_one_nothing() -> None:
    words = "Request payload size exceeds the limit: 20971520 bytes."
    large = Image(media_type="image/png", data="a" * 2_000_000)
    request = ChatRequest(messages=(Message(role=Role.USER, parts=(large,)),))
    found = part(request, words)
    assert found is not None
    assert found.part == SIZE
    assert holds(request, found, input_tokens=0)
    assert not holds(HELLO, found, input_tokens=0)
    assert part(WITH_PICTURE, words) is None


@pytest.mark.parametrize("error", [ErrorClass.SERVER_ERROR, ErrorClass.CONTENT_FILTERED, ErrorClass.RATE_LIMITED])
def test_other_failures_teach_nothing_about_requests(error: ErrorClass) -> None:
    failure = Failure(error_class=error, message="This model does not support tools.")
    assert refused_part(WITH_TOOLS, failure, input_tokens=1) is None
