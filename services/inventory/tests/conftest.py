"""A warehouse to test in: places, items, and stock that came in by the ways that goods come in."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.inventory.copies.commands import keep_item
from services.inventory.decisions.commands import hear_decisions, judge_waiting
from services.inventory.receipts.commands import receive_arrival
from shared.contracts.masterdata.events import ItemPublished
from shared.contracts.procurement.events import ArrivalLine, GoodsArrived
from shared.contracts.quality.events import InspectionDecided
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

WAREHOUSE = UUID("01900000-0000-7000-8000-00000000a0d1")
INSPECTOR = UUID("01900000-0000-7000-8000-00000000a0d2")
EVERYTHING = (
    *("inventory.stock.read", "inventory.place.read", "inventory.place.write"),
    *("inventory.import.run", "inventory.move.write", "inventory.receipt.read"),
    *("inventory.put_away.read", "inventory.put_away.confirm", "inventory.reservation.read"),
    *("inventory.issue.read", "inventory.issue.write", "inventory.issue.return"),
    *("inventory.shipment.read", "inventory.shipment.pick", "inventory.shipment.check"),
    *("inventory.shipment.dispatch", "inventory.supplier_return.read", "inventory.task.read"),
    *("inventory.supplier_return.dispatch", "inventory.part.block", "inventory.part.unblock"),
)


class Warehouse:
    """The service with its people, and the events that bring goods."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.worker = service.as_user(*EVERYTHING, user_id=WAREHOUSE)
        self.inspector = service.as_user(*EVERYTHING, user_id=INSPECTOR)
        self.sales = service.as_service("sales")
        self.production = service.as_service("production")
        self.today: date = service.app.state.clock.today()

    async def make_item(self, **changes: Any) -> ItemPublished:
        given = {
            "id": new_id(),
            "version": 1,
            "code": f"I-{new_id().hex[-8:]}",
            "name": "Item",
            "kind": "purchased",
            "stock_unit": "pcs",
            "decimals": 0,
            "tracking": "lot",
            "inspect_incoming": True,
            "inspect_completion": True,
        }
        item = ItemPublished.model_validate(given | changes)
        async with self.service.session("service:inventory") as session:
            await keep_item(session, item)
        return item

    async def arrive(
        self, item: ItemPublished, quantity: str = "10", *, lot: str = "", days: int | None = None
    ) -> GoodsArrived:
        """Goods at the gate, told as procurement tells them."""
        event = arrival_of(item, quantity, lot, days, self.today)
        await self.hear_arrival(event)
        return event

    async def hear_arrival(self, event: GoodsArrived) -> None:
        async with self.service.session("service:inventory") as session:
            await receive_arrival(session, event)
            await judge_waiting(session, [line.line_id for line in event.lines])

    async def decide(
        self, event: GoodsArrived, accepted: str = "0", conceded: str = "0", rejected: str = "0"
    ) -> InspectionDecided:
        decision = decision_of(event, accepted, conceded, rejected, self.today)
        async with self.service.session("service:inventory") as session:
            await hear_decisions(session, [decision])
        return decision

    async def stock(self, item: ItemPublished, quantity: str = "10", **changes: Any) -> UUID:
        """Released stock of one lot; returns the part."""
        event = await self.arrive(item, quantity, **changes)
        await self.decide(event, accepted=quantity)
        part: UUID = (await self.lines(item, lot=event.lines[0].lot_number))[0]["part_id"]
        return part

    async def lines(self, item: ItemPublished, *, lot: str = "") -> list[dict[str, Any]]:
        asked = {"item_id": str(item.id)} | ({"lot_number": lot} if lot else {})
        answer = await self.worker.get("/stock", params=asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def figures(self, item: ItemPublished) -> dict[str, Decimal]:
        answer = await self.worker.get("/availability", params={"item_id": str(item.id)})
        shown = answer.json()[0]
        return {n: Decimal(shown[n]) for n in ("on_hand", "usable", "reserved", "to_inspect")}

    async def bins(self, status: str) -> list[dict[str, Any]]:
        answer = await self.worker.get("/places", params={"status": status})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def told(self, subject: str) -> list[dict[str, Any]]:
        """The bodies of what was told under a subject, in order."""
        async with self.service.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT body FROM outbox WHERE subject = :s ORDER BY position"),
                {"s": f"erp.inventory.{subject}.v1"},
            )
            return list(rows.scalars())

    async def balanced(self) -> None:
        """The ledger's sums are the balances."""
        answer = await self.worker.get("/reconciliation")
        assert answer.json() == {"differences": []}


def arrival_of(
    item: ItemPublished, quantity: str, lot: str, days: int | None, today: date
) -> GoodsArrived:
    return GoodsArrived(
        arrival_id=new_id(),
        number="AR-1",
        order_id=new_id(),
        order_number="PO-1",
        supplier_id=new_id(),
        arrived_on=today,
        lines=(
            ArrivalLine(
                line_id=new_id(),
                order_line_id=new_id(),
                item_id=item.id,
                quantity=Decimal(quantity),
                lot_number=lot or f"L{new_id().hex[-8:]}",
                maker_lot="M-1",
                usable_until=None if days is None else today + timedelta(days),
            ),
        ),
    )


def decision_of(
    event: GoodsArrived, accepted: str, conceded: str, rejected: str, today: date
) -> InspectionDecided:
    line = event.lines[0]
    return InspectionDecided(
        inspection_id=new_id(),
        number="IL-1",
        stage="incoming",
        source_id=event.arrival_id,
        source_number=event.number,
        line_id=line.line_id,
        item_id=line.item_id,
        lot_number=line.lot_number,
        accepted=Decimal(accepted),
        conceded=Decimal(conceded),
        rejected=Decimal(rejected),
        decided_by="user:q",
        decided_on=today,
        signature_id=new_id(),
    )


def ask(item: ItemPublished, quantity: str, day: date, **changes: Any) -> dict[str, Any]:
    """A body for `PUT /reservations/{id}` with one line."""
    line = {
        "line_id": str(new_id()),
        "item_id": str(item.id),
        "quantity": quantity,
        "needed_on": day.isoformat(),
    }
    return {"reserved_for": "production_order", "number": "MO-1", "lines": [line | changes]}


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"/problems/{kind}", answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
async def warehouse(service: Any) -> AsyncIterator[Warehouse]:
    async with service("inventory") as inventory:
        made = Warehouse(inventory)
        answer = await made.worker.post("/places/actions/standard", json={"bins": 3})
        assert answer.status_code == 201, answer.text
        yield made
