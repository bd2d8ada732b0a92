"""What only one vendor refuses is mended there or answered by the next: never the caller's error."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from llm.simulator import Simulator
from tests.api.chat.door import ANTHROPIC, OPENAI, Response, asking, post
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

CLAUDE, GEMINI = "claude", "gemini"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(64)).decode()
SCHEMA = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
FORM = {"type": "json_schema", "json_schema": {"name": "town", "schema": SCHEMA}}
CODE = "user_" + "0123456789abcdef" * 4 + "_account_6f7a3d6e-0000-4000-8000-000000000000_session_0000"


def function(name: str, **more: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"q": {"type": "string"}}}
    return {"type": "function", "function": {"name": name, "parameters": parameters, **more}}


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}


def seeing(url: str) -> list[dict[str, Any]]:
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def refusal(vendor: str, message: str, **more: Any) -> dict[str, Any]:
    """The vendor's 400 in its own envelope."""
    match vendor:
        case "claude":
            return {"type": "error", "error": {"type": "invalid_request_error", "message": message, **more}}
        case "gemini":
            return {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT", **more}}
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return {"error": {**error, **more}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request, the one refusal that its vendor gives, and what must be seen.

    `out`: vendors without credit. `by`: who may answer. `wire`: what must hold of the bodies at the vendor.
    """

    vendor: str
    request: dict[str, Any]
    words: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    door: str = OPENAI
    out: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    wire: Callable[[list[Any]], bool] = lambda bodies: True
    status: int = 400


LAST = ("claude", "gemini")
AFTER_CLAUDE = ("claude",)
TOOLS_WITH_EFFORT = (
    "Function tools with reasoning_effort are not supported for gpt-6.1-terra in /v1/chat/completions. To use function "
    "tools, use /v1/responses or set reasoning_effort to 'none'."
)
CASES = {
    "an effort beside tools": Case(
        vendor="openai",
        out=LAST,
        request={"tools": [function("now")]},
        words=TOOLS_WITH_EFFORT,
        more={"param": "reasoning_effort"},
        by=("openai",),
        wire=lambda bodies: bodies[-1]["reasoning_effort"] == "none",
    ),
    "a long user": Case(
        vendor="openai",
        out=LAST,
        door=ANTHROPIC,
        request={"metadata": {"user_id": CODE}},
        by=("openai",),
        wire=lambda bodies: len(bodies[0]["user"]) <= 64,
    ),
    "a long name": Case(
        vendor="openai",
        out=LAST,
        door=ANTHROPIC,
        request={"tools": [tool("a" * 75)], "tool_choice": {"type": "tool", "name": "a" * 75}},
        by=("openai",),
        wire=lambda bodies: len(bodies[0]["tools"][0]["function"]["name"]) <= 64,
    ),
    "a name that begins with a digit": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={"tools": [function("3d_devis")], "tool_choice": "required"},
        by=("gemini",),
        wire=lambda bodies: not bodies[0]["tools"][0]["functionDeclarations"][0]["name"][0].isdigit(),
    ),
    "six stops": Case(
        vendor="openai",
        out=LAST,
        door=ANTHROPIC,
        request={"stop_sequences": ["a!", "b!", "c!", "d!", "e!", "f!"]},
        by=("openai",),
        wire=lambda bodies: len(bodies[0]["stop"]) == 4,
    ),
    "a ceiling": Case(
        vendor="claude",
        request={"max_tokens": 128_000},
        words="max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-5-5",
        by=("claude",),
        wire=lambda bodies: bodies[-1]["max_tokens"] == 64_000,
    ),
    "a grammar that is too large": Case(
        vendor="claude",
        request={"response_format": FORM},
        words="The compiled grammar is too large, which would cause performance issues. Simplify your tool schemas or "
        "reduce the number of strict tools.",
        by=("claude",),
    ),
    "a schema with too many states": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={"response_format": FORM},
        words="The specified schema produces a constraint that has too many states for serving. Typical causes of this "
        "error are schemas with lots of text.",
        by=("gemini", "openai"),
    ),
    "strictness": Case(
        vendor="openai",
        out=LAST,
        request={"tools": [function("find", strict=True)]},
        words="Invalid schema for function 'find': In context=(), 'additionalProperties' is required to be supplied "
        "and to be false.",
        more={"code": "invalid_function_parameters", "param": "tools[0].function.parameters"},
        by=("openai",),
    ),
    "140 tools": Case(
        vendor="openai",
        door=ANTHROPIC,
        request={"model": "openai", "tools": [tool(f"t{n}") for n in range(140)]},
        by=("claude", "gemini"),
        wire=lambda bodies: not bodies,
    ),
    "a media type that only some know": Case(
        vendor="claude",
        request={"messages": seeing(f"data:image/jpg;base64,{JPEG}")},
        by=("claude",),
        wire=lambda bodies: "image/jpeg" in json.dumps(bodies) and "image/jpg" not in json.dumps(bodies),
    ),
    "a PNG that is called a JPEG": Case(
        vendor="claude",
        request={"messages": seeing(f"data:image/jpeg;base64,{PNG}")},
        by=("claude",),
        wire=lambda bodies: "image/png" in json.dumps(bodies),
    ),
    "a link without TLS": Case(
        vendor="claude",
        request={"messages": seeing("http://img.example.com/a.jpg")},
        words="messages.0.content.1.image.source.url: Only HTTPS URLs are supported.",
        by=("gemini", "openai"),
    ),
    "a link at another vendor": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={"messages": seeing("https://img.example.com/a.jpg")},
        words="Unsupported file URI type: https://img.example.com/a.jpg. File URI must be a File API (i.e. ...)",
        by=("openai",),
    ),
    "a thinking level": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={"reasoning_effort": "low"},
        words="Thinking level is not supported for this model.",
        by=("gemini",),
        wire=lambda bodies: "thinkingLevel" not in json.dumps(bodies[-1]),
    ),
    "a thinking budget": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={"reasoning_effort": "none"},
        words="The thinking budget 0 is invalid. Please choose a value between 128 and 32768.",
        by=("gemini", "openai"),
    ),
    "a body that is too large": Case(
        vendor="gemini",
        out=AFTER_CLAUDE,
        request={},
        words="Request payload size exceeds the limit: 20971520 bytes.",
        by=("openai",),
    ),
    "a long context that needs a right of its own": Case(
        vendor="claude",
        request={},
        status=429,
        words="Extra usage is required for long context requests.",
        more={"type": "rate_limit_error"},
        by=("gemini",),
    ),
}


def ask(live: Live, person: Person, case: Case, *, stream: bool) -> Response:
    return post(live, person, case.door, asking(stream=stream, **case.request))


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_it_is_mended_or_answered_by_the_next(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, case: Case, stream: bool
) -> None:
    for name in case.out:
        sim.fault(name, "credit")
    if case.words:
        body = refusal(case.vendor, case.words, **case.more)
        sim.fault(case.vendor, "body", status=case.status, body=body, times=1, applies_to="completions")
    response = ask(live, consumer, case, stream=stream)
    assert response.status == 200, response.body
    assert response.headers["X-LLM-Provider"] in case.by
    assert response.headers["X-LLM-Degraded"] == "false"
    assert case.wire([one.body for one in sim.requests(case.vendor)])


def test_after_a_refusal_of_a_long_context_a_short_request_is_answered_there(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    body = refusal("claude", "Extra usage is required for long context requests.", type="rate_limit_error")
    sim.fault("claude", "body", status=429, body=body, times=1, applies_to="completions")
    answered = [post(live, consumer, OPENAI, asking()).headers["X-LLM-Provider"] for _ in range(2)]
    assert answered == ["gemini", "claude"]


def test_a_shortened_name_comes_back_as_the_callers_own(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for name in LAST:
        sim.fault(name, "credit")
    name = "a" * 75
    asked = asking(tools=[tool(name)], tool_choice={"type": "tool", "name": name})
    said = post(live, consumer, ANTHROPIC, asked).json
    assert [block["name"] for block in said["content"] if block["type"] == "tool_use"] == [name]


def test_140_tools_are_a_clear_400_when_nobody_is_left(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for name in LAST:
        sim.fault(name, "credit")
    asked = asking(tools=[tool(f"t{n}") for n in range(140)])
    for _ in range(2):  # with closed circuits, and with open ones
        response = post(live, consumer, ANTHROPIC, asked)
    assert response.status == 400
    assert "at most 128 tools, not 140" in response.json["error"]["message"]


def test_an_organization_that_may_not_stream_is_the_accounts_fault(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for name in LAST:
        sim.fault(name, "credit")
    words = (
        "Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings"
    )
    body = refusal("openai", words, code="unsupported_value", param="stream")
    sim.fault("openai", "body", status=400, body=body, applies_to="completions")
    response = post(live, consumer, OPENAI, asking(stream=True))
    assert (response.status, response.headers["X-LLM-Provider"]) == (200, "static")
    from llm.stores.circuits.store import circuit_store

    assert circuit_store.peek()["openai"].reason == "permission"
