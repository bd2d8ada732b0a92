"""A traced call as its collector receives it, and what its vendors were told of the trace."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest

from llm.models import Call
from llm.services.tracing.export import exporter
from llm.simulator import Simulator
from tests.conftest import Live, Person

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="requirements-otel.lock is not installed")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass
class Collector:
    """An OTLP receiver. `spans` are those that came."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                found.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    exporter.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str], settings: Any) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=100) as client:
        yield client


def ask(http: httpx2.Client, *, stream: bool = False, **headers: str) -> None:
    body = {"model": "default", "messages": HELLO, "stream": stream}
    assert http.post("/v1/chat/completions", json=body, headers=headers).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("transport", ["lean", "sdk"])
def test_a_failover_arrives_as_one_trace_whose_span_ids_the_vendors_were_told(
    http: httpx2.Client, sim: Simulator, collector: Collector, settings: Any, stream: bool, transport: str
) -> None:
    settings.LLM = {**settings.LLM, "OTLP_ENDPOINT": collector.url, "TRANSPORT": transport}
    sim.fault("claude", "rate_limited")
    ask(http, stream=stream, traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="a=b")
    exporter.flush()
    served, failed, answered = sorted(collector.spans, key=lambda span: (span.kind != 2, span.start_time_unix_nano))
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert served.parent_span_id.hex() == PARENT
    assert failed.parent_span_id == answered.parent_span_id == served.span_id
    assert (served.status.code, failed.status.code, answered.status.code) == (0, 2, 0)
    for vendor, span in (("claude", failed), ("gemini", answered)):
        told = {name.lower(): value for name, value in sim.requests(vendor)[-1].headers.items()}
        assert told["traceparent"] == f"00-{TRACE}-{span.span_id.hex()}-01"
        assert told["tracestate"] == "a=b"
    assert Call.objects.get().status == "ok"


def test_a_caller_that_does_not_sample_is_heeded(http: httpx2.Client, collector: Collector, settings: Any) -> None:
    settings.LLM = {**settings.LLM, "OTLP_ENDPOINT": collector.url}
    ask(http, traceparent=f"00-{TRACE}-{PARENT}-00")
    exporter.flush()
    assert collector.spans == []


def test_while_tracing_is_off_no_vendor_is_told_of_a_trace(http: httpx2.Client, sim: Simulator) -> None:
    ask(http, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert "traceparent" not in {name.lower() for name in sim.requests("claude")[-1].headers}
