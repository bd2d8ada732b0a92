"""Sends the spans of finished calls over OTLP, in batches by a thread of OpenTelemetry's SDK.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; then the SDK must be there (requirements-otel.lock). A call's way never
waits: its spans are made of its record.
"""

import os
import threading
from datetime import datetime
from typing import Any

from llm.conf import llm_settings
from llm.core.calls import CallRecord
from llm.core.tracing.context import Trace
from llm.core.tracing.names import dialect_of
from llm.core.tracing.spans import Span, spans_of, trace_of_record

STOP_S = 3.0


def is_on() -> bool:
    """Whether calls are traced."""
    return bool(llm_settings().otlp_endpoint)


class Exporter:
    """The tracer of this process; the first span starts the thread that sends. Thread-safe."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._provider: Any = None
        self._ids: Any = None

    def start(self) -> None:
        """Imports and starts what sends, where calls are traced: the first call would else wait for it."""
        if is_on():
            with self._lock:
                self._started()

    def _started(self) -> Any:
        if self._provider is None:
            self._provider, self._ids = _provider()
        return self._provider

    def export(self, record: CallRecord) -> None:
        """Queues the spans of a finished call."""
        trace, conf = trace_of_record(record), llm_settings()
        spans = spans_of(record, dialect_of(conf.semconv_opt_in), content=conf.span_content)
        with self._lock:  # the ids are given one by one
            tracer = self._started().get_tracer("djobea.llm")
            for span in spans:
                self._ids.trace, self._ids.span = trace.trace_id, span.span_id
                _record(tracer, span, trace)

    def flush(self) -> None:
        """Sends what is queued; waits for some seconds at most."""
        if self._provider is not None:
            self._provider.force_flush(5_000)

    def stop(self) -> None:
        """Sends what is queued and ends the thread; waits for STOP_S at most, as a collector may be away."""
        with self._lock:
            provider, self._provider = self._provider, None
        if provider is not None:
            ending = threading.Thread(target=provider.shutdown, name="llm-traces-end", daemon=True)
            ending.start()
            ending.join(STOP_S)


def _provider() -> tuple[Any, Any]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class GivenIds(IdGenerator):
        """The ids that follow from the call's, in place of random ones."""

        trace = span = ""

        def generate_trace_id(self) -> int:
            return int(self.trace, 16)

        def generate_span_id(self) -> int:
            return int(self.span, 16)

    conf, ids = llm_settings(), GivenIds()
    resource = Resource.create({"service.name": conf.otel_service_name})
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=True)
    sender = OTLPSpanExporter(endpoint=f"{conf.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(sender))
    return provider, ids


def _record(tracer: Any, span: Span, trace: Trace) -> None:
    """Begins and ends the span by its own times."""
    from opentelemetry.context import Context
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        SpanKind,
        Status,
        StatusCode,
        TraceFlags,
        set_span_in_context,
    )

    context = Context()
    if span.parent_id:
        flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
        parent = SpanContext(
            int(trace.trace_id, 16), int(span.parent_id, 16), is_remote=span.is_server, trace_flags=flags
        )
        context = set_span_in_context(NonRecordingSpan(parent), context)
    kind = SpanKind.SERVER if span.is_server else SpanKind.CLIENT
    made = tracer.start_span(
        span.name, context, kind=kind, attributes=dict(span.attributes), start_time=_nanoseconds(span.start)
    )
    if span.error:
        made.set_attribute("error.type", span.error)
        made.set_status(Status(StatusCode.ERROR, span.error))
    for event in span.events:
        made.add_event(event.name, dict(event.attributes), _nanoseconds(event.at))
    made.end(_nanoseconds(span.end))


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


exporter = Exporter()
