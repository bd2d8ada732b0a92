"""Anthropic's wire protocol: `POST /v1/messages`, `POST /v1/messages/count_tokens`, `GET /v1/models[/id]`."""

import json
from collections.abc import Mapping

from llm.simulator.claude import answers, errors, requests
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
from llm.simulator.wire import Catalogue

_POSTS = {"/v1/messages": Operation.PLAIN, "/v1/messages/count_tokens": Operation.COUNT}
_MODELS = "/v1/models"


class ClaudeWire:
    """Implements `Wire`; see there."""

    vendor = Vendor.CLAUDE
    title = "Claude"
    refuses_in_finish = True
    base_path = ""
    default_models: tuple[str, ...] = (
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-haiku-5",
        "claude-sonnet-4-5",
    )
    families: tuple[str, ...] = ("claude-",)

    def route(self, method: str, path: str, query: Mapping[str, str]) -> WireRoute:
        if path in _POSTS and method == "POST":
            return WireRoute(ask=_POSTS[path])
        if (path == _MODELS or path.startswith(f"{_MODELS}/")) and method == "GET":
            return WireRoute(ask=Operation.MODELS, model=path[len(_MODELS) + 1 :])
        if path in _POSTS or path.startswith(_MODELS):
            raise InvalidRequest(WireError(status=405, type="invalid_request_error", message="Method Not Allowed"))
        raise InvalidRequest(WireError(status=404, type="not_found_error", message="Not Found"))

    def key(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = headers.get("x-api-key", "") or (token.strip() if scheme.lower() == "bearer" else "")
        if not key:
            raise InvalidRequest(
                WireError(status=401, type="authentication_error", message="x-api-key header is required")
            )
        if not headers.get("anthropic-version"):
            raise InvalidRequest(errors.invalid("anthropic-version: header is required"))
        return key

    def read(self, route: WireRoute, body: bytes, catalogue: Catalogue) -> SimulatedRequest:
        if route.ask is Operation.COUNT:
            return requests.read_count(body, catalogue)
        return requests.read(body, catalogue)

    def plain(self, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer:
        return answers.message(request, reply, stamp)

    def stream(self, route: WireRoute, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> StreamAnswer:
        return answers.stream(request, reply, stamp)

    def count(self, request: SimulatedRequest, stamp: Stamp) -> WireAnswer:
        return WireAnswer(
            headers=answers.headers(stamp), body=json.dumps({"input_tokens": request.input_tokens}).encode()
        )

    def models(self, route: WireRoute, catalogue: Catalogue, stamp: Stamp) -> WireAnswer:
        if not route.model:
            return answers.models(catalogue, stamp)
        if not catalogue.has(route.model):
            raise InvalidRequest(errors.no_model(route.model))
        return WireAnswer(headers=answers.headers(stamp), body=json.dumps(answers.model(route.model)).encode())

    def fault(self, fault: Fault, model: str) -> WireError:
        return errors.for_fault(fault, model)

    def wrong_key(self) -> WireError:
        return errors.wrong_key()

    def refuse(self, refusal: WireError, stamp: Stamp, route: WireRoute | None) -> WireAnswer:
        return errors.refuse(refusal, stamp)

    def mid_stream_error(self, refusal: WireError, stamp: Stamp, route: WireRoute) -> bytes:
        return self.frame(errors.envelope(refusal, stamp), route, error=True)

    def frame(self, data: bytes, route: WireRoute, *, error: bool) -> bytes:
        return (b"event: error\ndata: " if error else b"event: content_block_delta\ndata: ") + data + b"\n\n"
