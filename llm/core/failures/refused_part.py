"""Which part of a request a vendor's refusal is about. Unsure means None: too much learned would bar good requests."""

import re

from llm.core.chat.refused import (
    ANY,
    INPUT_TOKENS,
    OPTIONS,
    SIZE,
    Refused,
    digest,
    documents,
    images,
    links,
    scheme,
    size,
)
from llm.core.chat.request import ChatRequest
from llm.core.failures.policy import ErrorClass, Failure

WORDS = 160
"""Characters of the vendor's sentence that are kept."""


def _never(noun: str) -> re.Pattern[str]:
    """Words by which a model says that it has no such feature at all."""
    verb = r"(?:no support for|not support|cannot (?:use|process|take|accept))\W+(?:the |any )?"
    state = (
        r"\W+(?:\w+\W+)?(?:is|are) (?:not (?:currently )?(?:supported|available|enabled)|unsupported|only supported by)"
    )
    return re.compile(rf"{verb}(?:{noun})\b|\b(?:{noun}){state}", re.I)


NO_TOOLS = _never(r"tools?|tool[ _-]use|tool[ _-]calls?|tool calling|functions?|function[ _-]calls?|function calling")
NO_DOCUMENTS = _never(r"documents?|pdfs?|files?|(?:pdf|file|document) (?:input|content)s?")
NO_IMAGES = _never(r"images?|image (?:input|content|_url|modality)s?|image_url|vision|picture input")
TOOL_CHOICE = re.compile(r"tool_choice|tool_config|function_calling_config|forc\w+ (?:a )?tool", re.I)
TOOLS = re.compile(r"\btools?\b|\bfunctions?\b|function_?declarations", re.I)
LINKS = re.compile(r"\bur[li]s?\b|\blinks?\b|\bfetch|\bdownload", re.I)
ONLY_SOME_LINKS = re.compile(r"only \S+ |unsupported|not supported|must be (?:an? )?\S+|scheme|protocol", re.I)
IMAGES = re.compile(r"\bimages?\b|image_url|\bpicture|\bvision\b", re.I)
DOCUMENTS = re.compile(r"\bpdfs?\b|\bdocuments?\b|\bfiles?\b|\bpages\b", re.I)
SIZES = re.compile(
    r"payload size|request (?:body )?(?:is )?too large|request size|body (?:is )?too large|too many bytes", re.I
)
SHORT_TOKENS, SMALL_SIZE = 256, 1_000_000
"""Below so many tokens or characters, a refusal by length is no bound of the vendor's: it would bar every request."""
ROUGHLY = 2
"""The gateway's count of tokens is the vendor's to within this factor, for any language it meets."""


def refused_part(request: ChatRequest, failure: Failure, *, input_tokens: int) -> Refused | None:
    """The part of `request` that `failure` refuses; None when that cannot be told. `input_tokens` is an estimate."""
    words = failure.message[:WORDS]
    if failure.error_class is ErrorClass.CONTEXT_LENGTH:
        least = _least_tokens(failure.context_window, input_tokens)
        return Refused(part=INPUT_TOKENS, least=least, words=words) if least >= SHORT_TOKENS else None
    if failure.error_class is not ErrorClass.INVALID_REQUEST:
        return None
    about = f"{failure.parameter or ''} {failure.message}"
    if SIZES.search(about):
        return Refused(part=SIZE, least=size(request), words=words) if size(request) >= SMALL_SIZE else None
    found = _of_attachments(request, about) or _of_tools(request, about) or _of_options(request, failure)
    return found and Refused(part=found[0], value=found[1], words=words)


def _least_tokens(window: int | None, estimate: int) -> int:
    """From how many estimated tokens a request is too long, when one of `estimate` was."""
    if window is None:
        return max(1, estimate)
    return max(1, min(window + 1, max(estimate, window // ROUGHLY)))


def _of_attachments(request: ChatRequest, about: str) -> tuple[str, str] | None:
    linked = links(request)
    if linked and LINKS.search(about):
        return "links", scheme(linked[0]) if ONLY_SOME_LINKS.search(about) else digest(linked[0])
    if (pictures := images(request)) and IMAGES.search(about):
        return "images", ANY if NO_IMAGES.search(about) else digest(pictures)
    if (files := documents(request)) and DOCUMENTS.search(about):
        return "documents", ANY if NO_DOCUMENTS.search(about) else digest(files)
    return None


def _of_tools(request: ChatRequest, about: str) -> tuple[str, str] | None:
    if not request.tools:
        return None
    if TOOL_CHOICE.search(about):
        return "tool_choice", digest((request.tool_choice.mode, request.tool_choice.name))
    if TOOLS.search(about):
        return "tools", ANY if NO_TOOLS.search(about) else digest(request.tools)
    return None


def _of_options(request: ChatRequest, failure: Failure) -> tuple[str, str] | None:
    """A parameter that the vendor names, with the value that it had."""
    named = re.sub(r"[^a-z_]", "", (failure.parameter or "").lower().rpartition(".")[2])
    value = getattr(request, named) if named in OPTIONS else None
    return (named, digest(value)) if value else None
