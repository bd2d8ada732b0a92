"""Gemini's wire protocol on the paths of v1 and v1beta: generateContent, streamGenerateContent (SSE or
array), countTokens, models."""

import json
import re
from collections.abc import Mapping

from llm.simulator.faults.catalogue import Fault
from llm.simulator.gemini import answers, errors, requests
from llm.simulator.http.exchange import (
    InvalidRequest,
    Operation,
    Stamp,
    StreamAnswer,
    Vendor,
    WireAnswer,
    WireError,
    WireRoute,
)
from llm.simulator.model.chat import SimulatedReply, SimulatedRequest
from llm.simulator.wire import Catalogue

_ACTION = re.compile(r"/(v1|v1beta|v1alpha)/models/([^/:]+):(\w+)")
_MODELS = re.compile(r"/(v1|v1beta|v1alpha)/models(?:/([^/:]+))?")
_ASKS = {"generateContent": Operation.PLAIN, "streamGenerateContent": Operation.STREAM, "countTokens": Operation.COUNT}


class GeminiWire:
    """Implements `Wire`; see there."""

    vendor = Vendor.GEMINI
    title = "Gemini"
    refuses_in_finish = True
    base_path = ""
    default_models: tuple[str, ...] = (
        "gemini-3.8-flash",
        "gemini-3.8-pro",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
    )
    families: tuple[str, ...] = ("gemini-",)

    def route(self, method: str, path: str, query: Mapping[str, str]) -> WireRoute:
        action = _ACTION.fullmatch(path)
        if action and action[3] in _ASKS and method == "POST":
            as_array = action[3] == "streamGenerateContent" and query.get("alt") != "sse"
            return WireRoute(ask=_ASKS[action[3]], model=action[2], version=action[1], as_array=as_array)
        listed = _MODELS.fullmatch(path)
        if listed and method == "GET":
            return WireRoute(ask=Operation.MODELS, model=listed[2] or "", version=listed[1])
        raise InvalidRequest(WireError(status=404, type="NOT_FOUND", message="Requested entity was not found."))

    def key(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        key = headers.get("x-goog-api-key", "") or query.get("key", "")
        if not key:
            raise InvalidRequest(errors.no_key())
        return key

    def read(self, route: WireRoute, body: bytes, catalogue: Catalogue) -> SimulatedRequest:
        if not catalogue.has(route.model):
            raise InvalidRequest(errors.no_model(route.model, route.version))
        reader = requests.read_count if route.ask is Operation.COUNT else requests.read
        return reader(body, route.model)

    def plain(self, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer:
        return answers.content(request, reply, stamp)

    def stream(self, route: WireRoute, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> StreamAnswer:
        return answers.stream(route, request, reply, stamp)

    def count(self, request: SimulatedRequest, stamp: Stamp) -> WireAnswer:
        details = [{"modality": "TEXT", "tokenCount": request.input_tokens}]
        return answers.answer({"totalTokens": request.input_tokens, "promptTokensDetails": details})

    def models(self, route: WireRoute, catalogue: Catalogue, stamp: Stamp) -> WireAnswer:
        if not route.model:
            return answers.models(catalogue)
        if not catalogue.has(route.model):
            raise InvalidRequest(errors.no_model(route.model, route.version))
        return answers.answer(answers.model(route.model))

    def fault(self, fault: Fault, model: str) -> WireError:
        return errors.for_fault(fault, model)

    def wrong_key(self) -> WireError:
        return errors.wrong_key()

    def refuse(self, refusal: WireError, stamp: Stamp, route: WireRoute | None) -> WireAnswer:
        return errors.refuse(refusal, route)

    def mid_stream_error(self, refusal: WireError, stamp: Stamp, route: WireRoute) -> bytes:
        return self.frame(json.dumps(json.loads(errors.envelope(refusal))).encode(), route, error=True)

    def frame(self, data: bytes, route: WireRoute, *, error: bool) -> bytes:
        return answers.frame(data, route)
