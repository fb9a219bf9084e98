"""The projection of events into threads: many at once as one by one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.views.threads.commands import project_events
from shared.contracts.base import Envelope

COMPANY, ORDER, LOT, OTHER = UUID(int=9), UUID(int=1), UUID(int=2), UUID(int=3)
DATA: tuple[dict[str, Any], ...] = (
    {"order_id": str(ORDER), "number": "SO-1", "customer_id": str(OTHER)},
    {"order_id": str(ORDER), "number": "SO-1", "lot_id": str(LOT), "lot_number": "L-7"},
    {"lot_id": str(LOT), "lot_number": "L-7"},
)
KEPT = {
    "thread_event": "SELECT id, subject, aggregate_id, number FROM thread_event ORDER BY id",
    "thread_link": "SELECT document_id, event_id, role FROM thread_link ORDER BY 1, 2",
    "search_entry": "SELECT text, document_id, kind FROM search_entry ORDER BY 1, 2",
}


def envelope(place: int) -> Envelope:
    return Envelope(
        id=UUID(int=100 + place),
        source="/sales",
        type="erp.sales.order_confirmed.v1",
        subject=str(ORDER),
        time=datetime(2026, 1, 1, tzinfo=UTC),
        companyid=COMPANY,
        sequence=place + 1,
        position=place + 1,
        actor="user:a",
        data=DATA[place],
    )


TOLD = [(envelope(place), data) for place, data in enumerate(DATA)]


@pytest.mark.req("D7")
async def test_many_at_once_are_kept_as_one_by_one(service: Callable[..., Any]) -> None:
    seen: list[dict[str, list[Any]]] = []
    for batches in ([[one] for one in TOLD], [TOLD], [TOLD, TOLD]):
        async with service("gateway") as gateway, gateway.session("service:gateway") as session:
            for batch in batches:
                await project_events(session, batch)
            rows = {name: (await session.execute(text(sql))).all() for name, sql in KEPT.items()}
            seen.append(rows)
            await session.rollback()
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]["thread_event"]) == len(TOLD)
    assert {row.text for row in seen[0]["search_entry"]} >= {"SO-1", "L-7"}
