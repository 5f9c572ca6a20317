"""Tracing with OpenTelemetry. Spans are sent to a collector. This module is loaded only if the extra `tracing` is
installed.

Spans contain names and results but no data: no error texts, addresses or personal ids.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.util.re import parse_env_headers

from subscriptions.domain.tracing import record_by


@dataclass(frozen=True)
class Spans:
    """Recorder of spans. Implements `tracing.Recorder`."""

    tracer: Tracer

    @contextmanager
    def __call__(self, name: str, cause: str | None, facts: Mapping[str, str]) -> Iterator[str]:
        """Implements `Recorder.__call__`."""
        span = self.tracer.start_span(name, context=_context_of(cause), attributes=dict(facts))
        try:
            yield _traceparent(span)
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            span.end()


@contextmanager
def recording(process: str, endpoint: str, headers: str) -> Iterator[None]:
    """Record this process's spans inside the block.

    endpoint: address of a collector for OTLP over HTTP, without the path
    headers: authentication headers for the collector, as `name=value,…`
    """
    env_headers = parse_env_headers(headers, liberal=True)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", headers=env_headers)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"umbral-{process}"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    record_by(Spans(provider.get_tracer("umbral")))
    try:
        yield
    finally:
        record_by(None)
        provider.shutdown()


def _context_of(cause: str | None) -> Context:
    if cause is None:
        return Context()
    _, trace, span, flags = cause.split("-")
    spancontexts = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(spancontexts), Context())


def _traceparent(span: Span) -> str:
    span_contexts = span.get_span_context()
    return f"00-{span_contexts.trace_id:032x}-{span_contexts.span_id:016x}-{span_contexts.trace_flags:02x}"
