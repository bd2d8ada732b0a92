"""Makes the simulated model's reply: the same request gets the same words. Not the wire form of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from llm.simulator.model.chat import (
    Calling,
    SimulatedFinish,
    SimulatedReply,
    SimulatedRequest,
    SimulatedTool,
    SimulatedToolCall,
    count_tokens,
)
from llm.simulator.model.continuation import Continuing, broken_off, go_on
from llm.simulator.model.language import is_french
from llm.simulator.model.structured import json_text, sample, wants_json

_PIECE_LENGTH = 16
_QUOTE_LENGTH = 120
_CHARACTERS_A_TOKEN = 4
_THINKING_TOKENS = 64
_ROOM_TO_THINK = 256

# The first trade whose word occurs in the message: (words, French, English).
_TRADES: Sequence[tuple[str, str, str]] = (
    (
        r"plomb|fuite|robinet|évier|wc\b|plumb|leak|tap\b|sink|toilet",
        "un plombier vérifié",
        "a checked plumber",
    ),
    (
        r"électri|courant|prise|disjonct|electri|power|socket|fuse",
        "un électricien vérifié",
        "a checked electrician",
    ),
    (
        r"clim|frigo|congélateur|air.?con|fridge|freezer",
        "un frigoriste vérifié",
        "a checked cooling technician",
    ),
    (r"peint|paint", "un peintre vérifié", "a checked painter"),
    (r"ménage|nettoy|clean", "une équipe de ménage", "a cleaning team"),
    (r"serrur|clé|porte|lock|key\b|door", "un serrurier vérifié", "a checked locksmith"),
)
_QUARTERS = re.compile(
    r"\b(Akwa|Bali|Bonanjo|Bonapriso|Bonamoussadi|Bonabéri|Deïdo|Deido|Logpom|Makepe|Ndokoti|New Bell)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What an account is told to answer, for tests and benchmarks. None: left to the simulator.

    `latency`: seconds before the answer (a stream's headers included). `first_token`: seconds between a
    stream's headers and its first content. `chunk_delay`: seconds between pieces of content. `chunks`: number
    of pieces. `thinking`: what the model thinks before, sealed by the vendors that do so; `redacted`: encrypted,
    as only Claude does. `continuing`: how the model goes on with an answer that broke off. `headers` go out
    with the answer, over the vendor's own of the same name (lower case). `usage`: fields of the vendor's usage object,
    in its own names and over the simulator's.
    """

    text: str | None = None
    chunks: int | None = None
    latency: float = 0.0
    first_token: float = 0.0
    chunk_delay: float = 0.0
    cached_tokens: int = 0
    thinking: str = ""
    redacted: bool = False
    continuing: Continuing = Continuing.REPEATING
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, Any] = field(default_factory=dict)


def make_reply(request: SimulatedRequest, script: Script, vendor_name: str) -> SimulatedReply:
    """The reply to a valid request; `vendor_name` is how the simulated vendor calls itself."""
    calls = _tool_calls(request) if script.text is None else ()
    text = "" if calls else _said(request, script, vendor_name)
    text, finish, stop = _bounded(text, request)
    thinking = _thinking(request)
    return SimulatedReply(
        text=text,
        pieces=split(text, script.chunks),
        finish=SimulatedFinish.TOOL if calls else finish,
        stop_sequence=stop,
        tool_calls=calls,
        input_tokens=request.input_tokens,
        output_tokens=count_tokens("".join(str(call.arguments) for call in calls) or text),
        thinking_tokens=thinking,
        cached_tokens=min(script.cached_tokens, request.input_tokens),
        thought=script.thinking or _thought(request),
        redacted=script.redacted,
        usage=script.usage,
    )


def cut_to_nothing(reply: SimulatedReply, finish: SimulatedFinish, *, refusal: str = "") -> SimulatedReply:
    """The same exchange with no words: an empty or a refused answer."""
    return SimulatedReply(
        text="",
        pieces=(),
        finish=finish,
        refusal=refusal,
        input_tokens=reply.input_tokens,
        output_tokens=1,
        cached_tokens=reply.cached_tokens,
        usage=reply.usage,
    )


def refused_midway(reply: SimulatedReply) -> SimulatedReply:
    """The first piece of the answer, and then a refusal."""
    text = reply.text[:_PIECE_LENGTH]
    return replace(reply, text=text, pieces=(text,), finish=SimulatedFinish.REFUSED, tool_calls=())


def split(text: str, count: int | None) -> tuple[str, ...]:
    """`count` pieces as even as can be (fewer when the text is shorter than that), or pieces of 16
    characters."""
    if not text:
        return ()
    if count is None:
        count = -(-len(text) // _PIECE_LENGTH)
    count = max(1, min(count, len(text)))
    edges = [len(text) * index // count for index in range(count + 1)]
    return tuple(text[start:end] for start, end in pairwise(edges))


def _tool_calls(request: SimulatedRequest) -> tuple[SimulatedToolCall, ...]:
    """A call of every tool that the user's last words name, in parallel if allowed; where one is required, of
    the one that was chosen or else of the first."""
    choice = request.tool_choice
    wanted: tuple[SimulatedTool, ...] = ()
    if choice.mode is not Calling.NONE and (request.tool_result is None or choice.mode is Calling.REQUIRED):
        wanted = tuple(tool for tool in request.tools if tool.name and tool.name in request.last_user)
    if choice.mode is Calling.REQUIRED:
        wanted = tuple(tool for tool in request.tools if tool.name == choice.name) or wanted or request.tools[:1]
    return tuple(_call(tool) for tool in (wanted if choice.parallel else wanted[:1]))


def _call(tool: SimulatedTool) -> SimulatedToolCall:
    arguments = sample(tool.schema, "Douala") if tool.schema else {}
    return SimulatedToolCall(name=tool.name, arguments=arguments if isinstance(arguments, dict) else {})


def _said(request: SimulatedRequest, script: Script, vendor_name: str) -> str:
    before = broken_off(request)
    if before is None:
        return _words(request, script, vendor_name)
    asked, part = before
    return go_on(_words(asked, script, vendor_name), part, script.continuing)


def _words(request: SimulatedRequest, script: Script, vendor_name: str) -> str:
    if script.text is not None:
        return script.text
    french = is_french(request.last_user, request.system)
    label = f"[{vendor_name} simulé]" if french else f"[simulated {vendor_name}]"
    if request.tool_result is not None:
        text = f"{label} {'Résultat reçu' if french else 'The tool says'}: {request.tool_result[:500]}"
    elif wants_json(request):
        text = json_text(request, label)
    elif request.pdfs:
        sizes = ", ".join(map(str, request.pdfs))
        text = f"{label} {'PDF lus, en octets' if french else 'PDFs read, in bytes'}: {sizes}."
    elif request.colours:
        text = f"{label} {'Couleurs vues' if french else 'Colours seen'}: {', '.join(request.colours)}."
    else:
        text = f"{label} {_service_answer(request.last_user, french)}"
    if request.prefill and text.startswith(request.prefill):
        text = text[len(request.prefill) :]
    if script.chunks and len(text) < script.chunks * _CHARACTERS_A_TOKEN:
        text = (text + " ") * (script.chunks * _CHARACTERS_A_TOKEN // len(text) + 1)
    return text


def _service_answer(message: str, french: bool) -> str:
    quote = " ".join(message.split())[:_QUOTE_LENGTH]
    trade = next((row for row in _TRADES if re.search(row[0], message, re.IGNORECASE)), None)
    place = _QUARTERS.search(message)
    if french:
        who, where = (trade[1] if trade else "un professionnel vérifié"), (place[0] if place else "Douala")
        return (
            f"Bonjour ! Pour « {quote} », Djobea vous propose {who} à {where}. "
            "Souhaitez-vous une intervention aujourd'hui ou demain ?"
        )
    who, where = (trade[2] if trade else "a checked professional"), (place[0] if place else "Douala")
    return f'Hello! For "{quote}", Djobea can send {who} in {where}. Would today or tomorrow suit you?'


def _bounded(text: str, request: SimulatedRequest) -> tuple[str, SimulatedFinish, str | None]:
    """The text up to the first stop sequence and the token limit, whichever comes first."""
    hits = [(place, word) for word in request.stop if word and (place := text.find(word)) >= 0]
    limit = len(text) if request.max_tokens is None else request.max_tokens * _CHARACTERS_A_TOKEN
    if hits and min(hits)[0] <= limit:
        place, word = min(hits)
        return text[:place], SimulatedFinish.STOP_SEQUENCE, word
    if len(text) > limit:
        return text[:limit], SimulatedFinish.LENGTH, None
    return text, SimulatedFinish.STOP, None


def _thinking(request: SimulatedRequest) -> int:
    """Thinking is billed output; a caller who leaves no room for it is given an answer all the same, for
    short probes."""
    return _THINKING_TOKENS if request.thinks and _has_room(request) else 0


def _thought(request: SimulatedRequest) -> str:
    return f"They say: {request.last_user[:_QUOTE_LENGTH]}" if request.seals and _has_room(request) else ""


def _has_room(request: SimulatedRequest) -> bool:
    return request.max_tokens is None or request.max_tokens >= _ROOM_TO_THINK
