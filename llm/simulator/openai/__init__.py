"""OpenAI's wire protocol: `POST /v1/chat/completions`, `GET /v1/models[/id]`. The Responses API is not
spoken."""

import json
from collections.abc import Mapping

from llm.simulator.faults.catalogue import Fault
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
from llm.simulator.openai import answers, balance, errors, requests
from llm.simulator.openai.manners import OPENAI, Manners
from llm.simulator.wire import Catalogue


class OpenAIWire:
    """Implements `Wire`; see there. `manners` make it another vendor that speaks the protocol."""

    vendor = Vendor.OPENAI
    title = "OpenAI"
    refuses_in_finish = False
    default_models: tuple[str, ...] = (
        "gpt-6.1-terra",
        "gpt-6",
        "gpt-5-mini",
        "gpt-4o",
        "gpt-4o-mini",
        "o4-mini",
    )
    families: tuple[str, ...] = ("gpt-", "chatgpt-", *(f"o{digit}" for digit in range(1, 10)))

    def __init__(self, manners: Manners = OPENAI) -> None:
        self._manners = manners
        self.base_path = manners.base_path
        self._chat = f"{manners.base_path}/chat/completions"
        self._models = manners.models_path if manners.models_path is not None else "-"
        self._models = self._models or f"{manners.base_path}/models"

    def route(self, method: str, path: str, query: Mapping[str, str]) -> WireRoute:
        if path == self._chat and method == "POST":
            return WireRoute(ask=Operation.PLAIN)
        if (path == self._models or path.startswith(f"{self._models}/")) and method == "GET":
            return WireRoute(ask=Operation.MODELS, model=path[len(self._models) + 1 :])
        if path in balance.PATHS and method == "GET":
            return WireRoute(ask=Operation.BALANCE, model=path)
        if path in (self._chat, self._models):
            hint = f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
            raise InvalidRequest(
                WireError(status=405, type="invalid_request_error", code="method_not_supported", message=hint)
            )
        raise InvalidRequest(
            WireError(status=404, type="invalid_request_error", message=f"Invalid URL ({method} {path})")
        )

    def key(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        if self._manners.key_header:
            if not headers.get(self._manners.key_header) or "authorization" in headers:
                raise InvalidRequest(errors.no_key())
            return headers[self._manners.key_header]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise InvalidRequest(errors.no_key())
        return token.strip()

    def read(self, route: WireRoute, body: bytes, catalogue: Catalogue) -> SimulatedRequest:
        return requests.read(body, catalogue, self._manners)

    def plain(self, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer:
        return answers.completion(request, reply, stamp, shows_thought=self._manners.wants_reasoning)

    def stream(self, route: WireRoute, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> StreamAnswer:
        return answers.stream(request, reply, stamp, shows_thought=self._manners.wants_reasoning)

    def count(self, request: SimulatedRequest, stamp: Stamp) -> WireAnswer:
        raise InvalidRequest(WireError(status=404, type="invalid_request_error", message="Invalid URL"))

    def models(self, route: WireRoute, catalogue: Catalogue, stamp: Stamp) -> WireAnswer:
        if not route.model:
            return answers.models(catalogue, stamp, named=self._manners.models_named)
        if not catalogue.has(route.model):
            raise InvalidRequest(errors.no_model(route.model))
        return WireAnswer(headers=errors.headers(stamp), body=json.dumps(answers.model(route.model)).encode())

    def fault(self, fault: Fault, model: str) -> WireError:
        return errors.for_fault(fault, model)

    def wrong_key(self) -> WireError:
        return errors.wrong_key()

    def refuse(self, refusal: WireError, stamp: Stamp, route: WireRoute | None) -> WireAnswer:
        return errors.refuse(refusal, stamp)

    def mid_stream_error(self, refusal: WireError, stamp: Stamp, route: WireRoute) -> bytes:
        return self.frame(errors.envelope(refusal), route, error=True)

    def frame(self, data: bytes, route: WireRoute, *, error: bool) -> bytes:
        return answers.frame(data)
