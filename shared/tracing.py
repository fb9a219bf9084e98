"""OpenTelemetry traces across HTTP and NATS, at no cost when no endpoint is set."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = TraceContextTextMapPropagator()
carried: ContextVar[str] = ContextVar("traceparent", default="")


def make_provider(service: str, endpoint: str) -> TracerProvider | None:
    """A provider that exports over OTLP/HTTP, or None when tracing is off."""
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def new_traceparent() -> str:
    """A fresh W3C traceparent, so that one story has one trace id even with tracing off."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current_traceparent() -> str:
    """The traceparent to send on: the live span's, or the one that came in."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get("traceparent") or carried.get()


@contextmanager
def continued(
    traceparent: str, name: str = "", provider: TracerProvider | None = None
) -> Iterator[None]:
    """Go on with the trace that a message or request carried; a span when tracing is on."""
    token = carried.set(traceparent or new_traceparent())
    try:
        if provider is None:
            yield
            return
        parent = PROPAGATOR.extract({"traceparent": carried.get()})
        attached = otel_context.attach(parent)
        try:
            tracer = trace.get_tracer("mailuo", tracer_provider=provider)
            with tracer.start_as_current_span(name or "work", kind=SpanKind.CONSUMER):
                yield
        finally:
            otel_context.detach(attached)
    finally:
        carried.reset(token)
