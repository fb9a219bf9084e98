"""OpenTelemetry traces across HTTP and NATS, at no cost when no endpoint is set."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

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


def published(
    provider: TracerProvider, rows: Sequence[Mapping[str, Any]], places: Sequence[int], began: int
) -> None:
    """A producer span for each outbox row that its stream acknowledged, in the event's own trace.

    `began` is when the batch was taken up (Unix nanoseconds); a repetition gives another span.
    Attributes: OpenTelemetry's semantic conventions for messaging.
    """
    tracer = trace.get_tracer("mailuo", tracer_provider=provider)
    ended = time.time_ns()
    for row, place in zip(rows, places, strict=False):
        if not row["traceparent"]:
            continue
        told = tracer.start_span(
            f"publish {row['subject']}",
            PROPAGATOR.extract({"traceparent": row["traceparent"]}),
            SpanKind.PRODUCER,
            {
                "messaging.system": "nats",
                "messaging.operation.name": "publish",
                "messaging.operation.type": "send",
                "messaging.destination.name": row["subject"],
                "messaging.message.id": str(row["id"]),
                "messaging.batch.message_count": len(rows),
                "mailuo.outbox.position": row["position"],
                "mailuo.stream.sequence": place,
            },
            start_time=began,
        )
        told.end(ended)
