"""The form that an answer must have: asked for in words where a vendor has no parameter, then validated.

Pure: values and text in, values and text out. An answer that was cut short, refused or is a tool call
is not validated; neither is one that the caller's own stop sequences may have cut.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from llm.adapters.messages.ordering import JSON_ORDER
from llm.adapters.structured_output import json_schema
from llm.adapters.structured_output.code_fence import CodeFenceStripper, bare
from llm.adapters.transport.lenient_json import parse_object
from llm.core.chat.request import Capability, ChatRequest, Message, Output, OutputFormat, Role, Text, Thinking, ToolMode
from llm.core.chat.response import Alive, Completion, Finish, StreamEvent, TextDelta, Usage
from llm.core.failures.policy import ErrorClass, Failure, ProviderError

SCHEMA_ORDER = "Answer with JSON and nothing else, no prose around it, no code fence. It must fit this JSON schema:"
STARTS = {OutputFormat.JSON: "{", OutputFormat.JSON_SCHEMA: '{["-0123456789tfn'}
"""With what the answer may begin."""
MAX_PROSE = 400
"""Characters of prose that a stream may begin with before it is given up: a refusal may be as long."""
NEEDED = {OutputFormat.JSON: Capability.JSON, OutputFormat.JSON_SCHEMA: Capability.JSON_SCHEMA}
ABOUT_FORM = re.compile(
    r"response[_ ]?(format|mime[_ ]?type|(json[_ ]?)?schema)|output[_ ]?(config|format)"
    r"|json[_ ]?(schema|object|mode)|structured.?output"
    r"|\bgrammar\b|\bschema\b|too many states|produces a constraint",
    re.I,
)
ABOUT_TOOLS = re.compile(r"schema for function|function_?declarations|input_?schema|\btools?[.\[]\d", re.I)
"""A complaint about the schema of a tool."""


def in_supported_form(request: ChatRequest, forms: frozenset[Capability]) -> ChatRequest:
    """The request as a vendor with parameters for these forms can be asked it."""
    while (needed := NEEDED.get(request.output.format)) is not None and needed not in forms:
        request = in_words(request)
    return request


def is_refused(request: ChatRequest, failure: Failure) -> bool:
    """Whether a vendor's 400 is about the parameter for the form, so that words may do."""
    if request.output.format is OutputFormat.TEXT or failure.error_class is not ErrorClass.INVALID_REQUEST:
        return False
    complaint = f"{failure.parameter or ''} {failure.message}"
    return ABOUT_FORM.search(complaint) is not None and ABOUT_TOOLS.search(complaint) is None


def in_words(request: ChatRequest) -> ChatRequest:
    """The same request with a lesser parameter: the form stands in the instructions, after the caller's own.

    A schema for objects becomes JSON mode, all else plain text.
    """
    output, order, less = request.output, JSON_ORDER, Output()
    if output.format is OutputFormat.JSON_SCHEMA:
        about = f"{output.schema_description}\n" if output.schema_description else ""
        order = f"{about}{SCHEMA_ORDER}\n{output.schema or '{}'}"
        if (parse_object(output.schema or "{}") or {}).get("type") == "object":
            less = Output(format=OutputFormat.JSON)
    said = Message(role=Role.SYSTEM, parts=(Text(text=order),))
    place = sum(1 for _ in _leading_system(request))
    messages = (*request.messages[:place], said, *request.messages[place:])
    return replace(request, messages=messages, output=less)


def _leading_system(request: ChatRequest) -> Iterator[Message]:
    for message in request.messages:
        if message.role is not Role.SYSTEM:
            return
        yield message


def validated(request: ChatRequest, completion: Completion) -> Completion:
    """The completion, freed of a code fence. Raises ProviderError: bad_response when it lacks the form."""
    output = request.output
    if output.format is OutputFormat.TEXT or completion.tool_calls:
        return completion
    completion = replace(completion, text=bare(completion.text))
    if not output.validated or completion.finish is not Finish.STOP or completion.refusal:
        return completion
    fault = _fault(output, completion, may_be_cut=bool(request.stop))
    if fault:
        raise _misshapen(fault, completion)
    return completion


def _fault(output: Output, completion: Completion, *, may_be_cut: bool) -> str:
    try:
        value = json.loads(completion.text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return "" if may_be_cut else "the answer is no JSON"
    if output.format is OutputFormat.JSON:
        return "" if isinstance(value, dict) else "the answer is JSON, but no object"
    try:
        fault = json_schema.mismatch(output.schema or "{}", value)
    except json_schema.TooMuchWork:
        raise ProviderError(
            Failure(
                error_class=ErrorClass.INVALID_REQUEST,
                message="The JSON schema cannot be applied to an answer, or would take too long.",
                parameter="response_format",
                usage=completion.usage,
                vendor_request_id=completion.vendor_request_id,
            )
        ) from None
    return f"the answer does not fit the JSON schema: {fault}" if fault else ""


def _no_json(word: str) -> object:
    """Python reads NaN and Infinity, JSON has neither."""
    raise ValueError(word)


def _misshapen(fault: str, completion: Completion | None) -> ProviderError:
    return ProviderError(
        Failure(
            error_class=ErrorClass.BAD_RESPONSE,
            message=fault[:400],
            http_status=200,
            vendor_request_id=completion.vendor_request_id if completion else None,
            misshapen=True,
            usage=completion.usage if completion else Usage(),
        )
    )


class FormFilter:
    """A stream's text on its way out: freed of a fence, and held back while it is prose where JSON was asked for.

    So an answer that never becomes JSON is known before text has gone out, and another provider can be asked.
    """

    def __init__(self, request: ChatRequest) -> None:
        output = request.output
        self._fence = None if output.format is OutputFormat.TEXT else CodeFenceStripper()
        speaks_before_calls = bool(request.tools) and request.tool_choice.mode is not ToolMode.NONE
        self._starts = STARTS.get(output.format, "") if output.validated and not speaks_before_calls else ""
        self._held = ""
        self._thinking: tuple[Thinking, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether every event goes out as it comes."""
        return self._fence is None

    def feed(self, event: StreamEvent) -> StreamEvent:
        """What goes out in the event's place. Raises ProviderError when the prose is too long to be a refusal."""
        if self._fence is None or not isinstance(event, TextDelta):
            return event
        self._thinking += event.thinking
        self._held += self._fence.feed(event.text)
        first = self._held.lstrip()[:1]
        if self._starts and first and first not in self._starts:
            if len(self._held) > MAX_PROSE:
                raise _misshapen("the answer begins with prose", None)
            return Alive()
        if not self._held:
            return Alive()
        return self._out()

    def close(self) -> StreamEvent:
        """What was held back, once the answer is known to be one."""
        if self._fence is not None:
            self._held += self._fence.close()
        return self._out() if self._held else Alive()

    def _out(self) -> TextDelta:
        held = TextDelta(text=self._held, thinking=self._thinking)
        self._held, self._thinking, self._starts = "", (), ""
        return held
