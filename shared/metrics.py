"""Prometheus metrics of one service, in a registry of its own (several share a process)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The service's figures: requests, outbox age, consumer lag, dead letters, sagas by state."""

    def __init__(self, context: str) -> None:
        self.context = context
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "mailuo_requests_total",
            "Requests answered",
            ["service", "method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "mailuo_request_seconds",
            "Time to answer",
            ["service", "method", "route"],
            registry=self.registry,
        )
        self.outbox_age = self.gauge("mailuo_outbox_age_seconds", "Age of the oldest unsent event")
        self.outbox_pending = self.gauge("mailuo_outbox_pending", "Events not yet in the stream")
        self.consumer_lag = self.gauge("mailuo_consumer_lag", "Events not yet heard", "source")
        self.dead_letters = self.gauge("mailuo_dead_letters", "Events that wait for a person")
        self.sagas = self.gauge(
            "mailuo_sagas", "Sagas by plan, step and phase", "plan", "step", "phase"
        )
        self.sagas_late = self.gauge(
            "mailuo_sagas_late", "Sagas past their waiting deadline", "plan"
        )
        self.statements = self.gauge(
            "mailuo_statements_max", "Statements of one piece of work at most", "work"
        )
        self.statements_sent = self.gauge(
            "mailuo_statements_sent", "Statements of commands, reactions, sagas so far", "work"
        )
        self.unsealed = self.gauge("mailuo_audit_unsealed", "Audit rows not yet sealed")
        self.unsealed_age = self.gauge(
            "mailuo_audit_unsealed_seconds", "Age of the oldest audit row not yet sealed"
        )

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, ["service", *labels], registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(self.context, method, route, str(status)).inc()
        self.seconds.labels(self.context, method, route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)
