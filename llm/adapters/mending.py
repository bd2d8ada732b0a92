"""Requests changed so that a vendor takes them: beforehand by what it has refused, and after a refusal."""

import re
from collections.abc import Iterable
from dataclasses import replace

from llm.adapters.messages.ordering import has_signatures, without_signatures
from llm.adapters.refused_parameters import RefusedParameters
from llm.adapters.structured_output import form
from llm.adapters.transport.lenient_json import Json
from llm.core.chat.refused import PARTS, Mend, Refused, digest, output_digest
from llm.core.chat.request import ChatRequest
from llm.core.failures.context_window import room_for_answer
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.refused_part import WORDS

STRICT_REFUSED = re.compile(r"schema for function|additionalProperties|\bstrict\b|\bgrammar\b|input_?schema", re.I)
"""A 400 about the schema of a strict tool: each vendor means something else by strictness."""
SIGNATURE_REFUSED = re.compile(r"signature|`?thinking`? (or `redacted_thinking` )?block", re.I)
"""A 400 about thinking that was given back: `Invalid signature in thinking block`, `blocks cannot be modified`,
`Corrupted thought signature`. Claude's are bound to their model and, since Opus 5.5, to all that was said before,
Gemini's to a key; a dialogue that another account or a shortened history continues is refused for ever with them
(https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting)."""
NO_FORM = re.compile(r"response_?format|output_?(?:config|format)|json_?schema|structured.?output", re.I)
UNSUPPORTED = re.compile(r"not support|unsupported|not available|unavailable|unknown|unrecognized", re.I)

OUTPUT, STRICT, THINKING = "output", "tools.strict", "thinking"
"""Parts of a request, beside the parameters of the wire body."""


def mended_beforehand(request: ChatRequest, known: Iterable[Refused]) -> ChatRequest:
    """The request without what its vendor is known to refuse of it, apart from parameters of the wire body."""
    refused = {(one.part, one.value) for one in known}
    while any((OUTPUT, value) in refused for value in PARTS[OUTPUT](request)):
        request = form.in_words(request)
    if (STRICT, digest(request.tools)) in refused and any(tool.strict for tool in request.tools):
        request = _without_strictness(request)
    if any((THINKING, value) in refused for value in PARTS[THINKING](request)):
        request = _without_thinking(request)
    return request


def mended_after(
    request: ChatRequest,
    body: Json,
    failure: Failure,
    known: tuple[Refused, ...],
    parameters: RefusedParameters,
    kind: str,
) -> tuple[ChatRequest, Refused | None] | None:
    """The request that the vendor of `kind` may take after it refused `body`, and what was learned, if anything.

    None when nothing can be mended. A refused parameter leaves the request as it is; the next body is built without it.
    """
    if failure.error_class is ErrorClass.CONTEXT_LENGTH:
        return _with_room(request, failure)
    if failure.error_class is not ErrorClass.INVALID_REQUEST:
        return None
    words = failure.message[:WORDS]
    if has_signatures(request, kind) and SIGNATURE_REFUSED.search(failure.message):
        first = next(iter(sorted(PARTS[THINKING](request))), "")
        return _without_thinking(request), Refused(part=THINKING, mend=Mend.DROP, value=first, words=words)
    if (learned := parameters.learn(body, failure, known)) is not None:
        return request, learned
    if form.is_refused(request, failure):
        is_general = NO_FORM.search(words) and UNSUPPORTED.search(words)
        value = str(request.output.format) if is_general else output_digest(request.output)
        return form.in_words(request), Refused(part=OUTPUT, mend=Mend.IN_WORDS, value=value, words=words)
    if any(tool.strict for tool in request.tools) and STRICT_REFUSED.search(failure.message):
        learned = Refused(part=STRICT, mend=Mend.DROP, value=digest(request.tools), words=words)
        return _without_strictness(request), learned
    return None


def _with_room(request: ChatRequest, failure: Failure) -> tuple[ChatRequest, None] | None:
    """The request with `max_tokens` that its window has room for. Nothing is learned: it depends on the input."""
    room = room_for_answer(failure.message)
    if room is None or (request.max_tokens is not None and request.max_tokens <= room):
        return None
    return replace(request, max_tokens=room), None


def _without_strictness(request: ChatRequest) -> ChatRequest:
    tools = tuple(replace(tool, strict=False) for tool in request.tools)
    return replace(request, tools=tools, unserved=(*request.unserved, "tools.strict"))


def _without_thinking(request: ChatRequest) -> ChatRequest:
    return replace(without_signatures(request), unserved=(*request.unserved, "thinking"))
