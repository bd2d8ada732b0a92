"""Anthropic's wire protocol: `POST /v1/messages`, `POST /v1/messages/count_tokens`, `GET /v1/models[/id]`."""

import json
from collections.abc import Mapping

from llm.simulator.chat import ChatRequest, Reply
from llm.simulator.claude import answers, errors, requests
from llm.simulator.exchange import Answer, Ask, Refusal, Rejected, Route, Stamp, StreamAnswer, Vendor
from llm.simulator.faults import Fault
from llm.simulator.wire import Catalogue

_POSTS = {"/v1/messages": Ask.PLAIN, "/v1/messages/count_tokens": Ask.COUNT}
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

    def route(self, method: str, path: str, query: Mapping[str, str]) -> Route:
        if path in _POSTS and method == "POST":
            return Route(ask=_POSTS[path])
        if (path == _MODELS or path.startswith(f"{_MODELS}/")) and method == "GET":
            return Route(ask=Ask.MODELS, model=path[len(_MODELS) + 1 :])
        if path in _POSTS or path.startswith(_MODELS):
            raise Rejected(Refusal(status=405, type="invalid_request_error", message="Method Not Allowed"))
        raise Rejected(Refusal(status=404, type="not_found_error", message="Not Found"))

    def key(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = headers.get("x-api-key", "") or (token.strip() if scheme.lower() == "bearer" else "")
        if not key:
            raise Rejected(Refusal(status=401, type="authentication_error", message="x-api-key header is required"))
        if not headers.get("anthropic-version"):
            raise Rejected(errors.invalid("anthropic-version: header is required"))
        return key

    def read(self, route: Route, body: bytes, catalogue: Catalogue) -> ChatRequest:
        if route.ask is Ask.COUNT:
            return requests.read_count(body, catalogue)
        return requests.read(body, catalogue)

    def plain(self, request: ChatRequest, reply: Reply, stamp: Stamp) -> Answer:
        return answers.message(request, reply, stamp)

    def stream(self, route: Route, request: ChatRequest, reply: Reply, stamp: Stamp) -> StreamAnswer:
        return answers.stream(request, reply, stamp)

    def count(self, request: ChatRequest, stamp: Stamp) -> Answer:
        return Answer(headers=answers.headers(stamp), body=json.dumps({"input_tokens": request.input_tokens}).encode())

    def models(self, route: Route, catalogue: Catalogue, stamp: Stamp) -> Answer:
        if not route.model:
            return answers.models(catalogue, stamp)
        if not catalogue.has(route.model):
            raise Rejected(errors.no_model(route.model))
        return Answer(headers=answers.headers(stamp), body=json.dumps(answers.model(route.model)).encode())

    def fault(self, fault: Fault, model: str) -> Refusal:
        return errors.for_fault(fault, model)

    def wrong_key(self) -> Refusal:
        return errors.wrong_key()

    def refuse(self, refusal: Refusal, stamp: Stamp, route: Route | None) -> Answer:
        return errors.refuse(refusal, stamp)

    def mid_stream_error(self, refusal: Refusal, stamp: Stamp, route: Route) -> bytes:
        return self.frame(errors.envelope(refusal, stamp), route, error=True)

    def frame(self, data: bytes, route: Route, *, error: bool) -> bytes:
        return (b"event: error\ndata: " if error else b"event: content_block_delta\ndata: ") + data + b"\n\n"
