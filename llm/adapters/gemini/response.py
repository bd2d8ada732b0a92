"""Reads Gemini's generateContent answers and stream chunks from raw JSON, whichever SDK fetched them."""

import json
import re
from collections.abc import Iterable

from llm.adapters.partial_response import Reader
from llm.adapters.transport.lenient_json import Json, count, items, obj, text
from llm.adapters.usage import modalities, reported, tier
from llm.core.chat.request import GEMINI, Thinking, VendorSignature
from llm.core.chat.response import ALIVE, WORKS, Finish, StreamEvent
from llm.core.cost.meanings import Figures, usage_of
from llm.core.cost.parts import WEB_SEARCHES

FINISHES: dict[str, Finish | None] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    "SAFETY": Finish.CONTENT_FILTER,
    "RECITATION": Finish.CONTENT_FILTER,
    "BLOCKLIST": Finish.CONTENT_FILTER,
    "PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "SPII": Finish.CONTENT_FILTER,
    "IMAGE_SAFETY": Finish.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "MODEL_ARMOR": Finish.CONTENT_FILTER,
    "MALFORMED_FUNCTION_CALL": None,
    "UNEXPECTED_TOOL_CALL": None,
    "TOO_MANY_TOOL_CALLS": None,
    "MISSING_THOUGHT_SIGNATURE": None,
    "MALFORMED_RESPONSE": None,
    "FINISH_REASON_UNSPECIFIED": None,
}
FINISH_NUMBERS = (
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
)
BLOCK_NUMBERS = ("", "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY")
"""Enums by number: google-generativeai asks the vendor for them (`enum-encoding=int`). The order is
that of google.ai.generativelanguage 0.6.15."""
INPUT_DETAILS = ("promptTokensDetails", "toolUsePromptTokensDetails")
OUTPUT_DETAILS = ("candidatesTokensDetails", "responseTokensDetails")
AUDIO = "AUDIO"
IMAGE = ("IMAGE", "DOCUMENT")
"""Pages of documents are billed as images: https://ai.google.dev/gemini-api/docs/document-processing."""
BEFORE_3 = re.compile(r"(?:models/)?gemini-[12]\b")
MAX_SEARCHES = 1_000


class GeminiReader(Reader):
    """A stream's chunk and a plain answer are one shape. Gemini mostly gives calls no ids, so they are
    numbered on from `calls_before`, the number of calls in the dialogue so far."""

    def __init__(self, *, calls_before: int) -> None:
        super().__init__()
        self._calls_before = calls_before
        self._usage: Json = {}
        self._searches = 0

    def whole(self, body: Json) -> None:
        self.event(body)

    def event(self, data: Json) -> Iterable[StreamEvent]:
        response = self.response
        response.model = text(data, "modelVersion") or response.model
        response.request_id = text(data, "responseId") or response.request_id
        candidate = next((found for found in items(data, "candidates") if not found.get("index")), None)
        if grounding := obj(candidate, "groundingMetadata"):
            self._searches = max(self._searches, _searches(response.model, grounding))
        if usage := obj(data, "usageMetadata"):
            self._usage = usage
        if usage or self._searches:
            is_last = candidate is None or bool(candidate.get("finishReason")) or bool(response.finish)
            response.usage = usage_of(GEMINI, _figures(self._usage, self._searches, is_last=is_last))
        if candidate is None:
            self._blocked(obj(data, "promptFeedback"))
            return (ALIVE,)
        events = [self._part(part) for part in items(obj(candidate, "content"), "parts")]
        self.finished(_word(candidate.get("finishReason"), FINISH_NUMBERS), FINISHES)
        if response.finish is Finish.CONTENT_FILTER:
            response.refusal = text(candidate, "finishMessage")
        response.ended = response.finish is not None
        return events or (ALIVE,)

    def _part(self, part: Json) -> StreamEvent:
        signature = text(part, "thoughtSignature")
        if call := obj(part, "functionCall"):
            index = self.response.call_count
            return self.response.call(
                index,
                id=text(call, "id") or f"call_{self._calls_before + index + 1}",
                name=text(call, "name"),
                arguments=json.dumps(obj(call, "args"), ensure_ascii=False),
                vendor_signature=VendorSignature(kind=GEMINI, signature=signature) if signature else None,
            )
        if signature:
            self.response.think(Thinking(kind=GEMINI, signature=signature))
        # Thoughts are marked text; they are no part of the answer.
        return WORKS if part.get("thought") else self.response.say(text(part, "text"))

    def _blocked(self, feedback: Json) -> None:
        """A refused prompt has no candidates, only the reason."""
        if reason := _word(feedback.get("blockReason"), BLOCK_NUMBERS):
            self.response.vendor_finish, self.response.finish, self.response.ended = reason, Finish.CONTENT_FILTER, True
            self.response.refusal = text(feedback, "blockReasonMessage") or f"the prompt was blocked ({reason})"


def _word(value: object, numbers: tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return numbers[value] if 0 <= value < len(numbers) else f"UNKNOWN_{value}"
    return ""


def _figures(usage: Json, searches: int, *, is_last: bool) -> Figures:
    """https://ai.google.dev/api/generate-content#UsageMetadata, and Vertex AI's trafficType."""
    given, made = modalities(usage, *INPUT_DETAILS), modalities(usage, *OUTPUT_DETAILS)
    return Figures(
        input=count(usage, "promptTokenCount"),
        output=count(usage, "candidatesTokenCount") or count(usage, "responseTokenCount"),
        cached=count(usage, "cachedContentTokenCount"),
        reasoning=count(usage, "thoughtsTokenCount"),
        tool_input=count(usage, "toolUsePromptTokenCount"),
        input_audio=given.get(AUDIO, 0),
        cached_audio=modalities(usage, "cacheTokensDetails").get(AUDIO, 0),
        output_audio=made.get(AUDIO, 0),
        input_image=sum(given.get(name, 0) for name in IMAGE) if given else 0,
        output_image=sum(made.get(name, 0) for name in IMAGE) if made else 0,
        units=((WEB_SEARCHES, searches),) if searches else (),
        tier=tier(text(usage, "serviceTier"), "SERVICE_TIER_") or tier(text(usage, "trafficType"), "ON_DEMAND_"),
        # Each chunk repeats the object: it is kept once.
        reported=reported(usage) if is_last else "",
    )


def _searches(model: str, grounding: Json) -> int:
    """Billed searches: each query since Gemini 3, each answer that searched before it.

    https://ai.google.dev/gemini-api/docs/google-search#pricing.
    """
    queries = grounding.get("webSearchQueries")
    asked = {query for query in queries if isinstance(query, str) and query} if isinstance(queries, list) else set()
    return min(len(asked), 1) if BEFORE_3.match(model) else min(len(asked), MAX_SEARCHES)
