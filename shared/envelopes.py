"""Outbox rows as they travel: CloudEvents envelopes, for the relay, the feed and the checks."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.base import Envelope

COLUMNS = (
    "id, position, subject, aggregate_id, sequence, company_id, actor, traceparent, "
    "recorded_at, body"
)


def envelope_of(row: Mapping[str, Any], context: str) -> Envelope:
    """The envelope of one outbox row (`COLUMNS`) of `context`; a row always gives the same one."""
    return Envelope(
        id=row["id"],
        source=f"/{context}",
        type=row["subject"],
        subject=str(row["aggregate_id"]),
        time=row["recorded_at"],
        companyid=row["company_id"],
        sequence=row["sequence"],
        position=row["position"],
        actor=row["actor"],
        traceparent=row["traceparent"],
        data=row["body"],
    )
