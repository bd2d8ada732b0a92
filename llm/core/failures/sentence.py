"""Unwraps a vendor's sentence from what gateways and SDKs add: prefixes, reprs, JSON inside text."""

import ast
import json
import re
from dataclasses import dataclass

_LONGEST = 50_000
"""The most characters of nested JSON that are parsed. Errors are short, and parsing must stay cheap."""

_LITELLM = re.compile(r"\s*litellm\.(?P<code>\w+)(?::| -)\s*")
_NUMBERED = re.compile(r"\s*\[(?P<code>\d{3,5})\]\s*\[(?P<rest>.*)\]\s*$", re.DOTALL)
_BRACKETED = re.compile(r"[^\"'`{}]{1,160}\((?P<code>[12]\d{3})\)\s*$")
_PREFIXES = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\s*(?P<code>[A-Z]\w*(?:Error|Exception)): +",
        r"\s*[A-Z]\w*Exception(?: (?P<code>[A-Z]\w*Error))? - +",
        r"\s*An error occurred \((?P<code>\w+)\) when calling the \w+ operation(?: \([^)]{0,60}\))?: +",
        r"\s*Error code: (?P<status>\d{3}) - +",
        r"\s*API error occurred: Status (?P<status>\d{3}).{0,200}?Body:? *(?=[{\[])",
        r"\s*(?:API )?Error: (?P<status>\d{3}) +(?=[{\[])",
        r"\s*(?P<status>[45]\d{2}) +(?=[{\[])",
        r"\s*The model returned the following errors: +",
        r"\s*Error from provider(?: \([^)]{0,80}\))?: +",
        r"\s*Upstream error from [\w .-]{1,60}: +",
        r"\s*\[[a-z_]{2,30}\] +(?:(?:Bad Request|Rate Limit|Server) Error, +)?",
        r"\s*(?:openai|azure-openai|anthropic|google|gemini|vertex-ai|bedrock|openrouter|groq|mistral(?:-ai)?"
        r"|deepseek|together(?:-ai)?|cohere|x-ai|xai|perplexity-ai|fireworks-ai|deepinfra) error: +",
        r"\s*Error: +",
    )
)
"""BerriAI/litellm, botocore, openai-python, mistralai, Bedrock's proxied models, OpenRouter, dify,
TrueFoundry and Portkey, in the forms of the corpus (azure-rate-004, bedrock-invalid-002,
openrouter-permission-002) and of public issues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """The content of a wrapped text: the sentence, the codes and status in the wrapping, and the parsed object,
    when the rest was one."""

    text: str
    codes: tuple[str, ...] = ()
    status: int | None = None
    node: object = None


def parse_object(text: str) -> object:
    """Parses `text` as a JSON value or Python literal; None unless it is an object or a list.

    Further text may follow only on a new line. On the same line the object is the caller's own: vendors
    quote it in validation errors ("{…} is not valid under any of the given schemas").
    """
    text = text.strip()
    if text[:2] in ("b'", 'b"') and text[-1] == text[1]:
        text = text[2:-1]
    if text[:1] not in ("{", "[") or len(text) > _LONGEST:
        return None
    for candidate in (text, text.partition("\n")[0]):
        for read in (_json, _literal):
            node = read(candidate)
            if isinstance(node, dict | list):
                return node
    return None


def _json(text: str) -> object:
    try:
        value: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _literal(text: str) -> object:
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value


def unwrap(text: str) -> Unwrapped:
    """Removes known wrappings from the front of `text`, at most eight levels."""
    codes: list[str] = []
    status: int | None = None
    for _ in range(8):
        match = _LITELLM.match(text) or _first_prefix(text)
        if match is None:
            break
        groups = match.groupdict()
        if groups.get("code"):
            codes.insert(0, groups["code"])
        if groups.get("status"):
            status = int(groups["status"])
        text = text[match.end() :]
    if numbered := _NUMBERED.match(text):
        codes.insert(0, numbered["code"])
        text = numbered["rest"]
    elif bracketed := _BRACKETED.match(text):
        codes.insert(0, f"minimax:{bracketed['code']}")
    return Unwrapped(text=text.strip(), codes=tuple(codes), status=status, node=parse_object(text))


def _first_prefix(text: str) -> re.Match[str] | None:
    for pattern in _PREFIXES:
        if match := pattern.match(text):
            return match
    return None


_TITLE = re.compile(r"<title[^>]*>(?P<text>.{0,300}?)</title>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def is_page(text: str) -> bool:
    """Whether `text` is an HTML page."""
    head = text[:1000].lstrip("\ufeff \t\r\n").lower()
    return head.startswith(("<!doctype html", "<html", "<head", "<body")) or (head.startswith("<") and "<html" in head)


def page_text(page: str) -> str:
    """The title of an HTML page, or its first words."""
    title = _TITLE.search(page[:4_000])
    plain = title["text"] if title else _TAGS.sub(" ", page[:4_000])
    return " ".join(plain.split())[:500]
