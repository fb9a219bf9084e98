"""Structured logs: one JSON line per fact, with trace and actor."""

import logging
import sys

import structlog


def configure_logs(level: str) -> None:
    """JSON lines on standard error; safe to call once per service of a process."""
    if structlog.is_configured():
        return
    logging.getLogger("httpx").setLevel(logging.WARNING)  # every call is in our own log line
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
