"""Quality under test: inspectors, deciders, the gateway's signatures, and events to hear."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.quality.copies.commands import keep_item, keep_partner
from services.quality.inspections.reactions import on_goods_arrived, on_lot_completed
from shared.actor import Actor
from shared.auth import mint
from shared.contracts.base import Envelope, Event
from shared.contracts.masterdata.events import CustomerPublished, ItemPublished, SupplierPublished
from shared.contracts.procurement.events import ArrivalLine, GoodsArrived
from shared.contracts.production.events import LotCompleted
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest, private_key

INSPECTOR = UUID("01900000-0000-7000-8000-00000000b001")
DECIDER = UUID("01900000-0000-7000-8000-00000000b002")
EVERYTHING = (
    *("quality.plan.read", "quality.plan.write", "quality.inspection.read"),
    *("quality.inspection.record", "quality.inspection.decide", "quality.trace.read"),
)


class Laboratory:
    """The service with its people, and the events that bring work."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.inspector = service.as_user(*EVERYTHING, user_id=INSPECTOR, name="检验员")
        self.decider = service.as_user(*EVERYTHING, user_id=DECIDER, name="质量经理")
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
        async with self.service.session("service:quality") as session:
            await keep_item(session, item)
        return item

    async def make_partner(self, kind: type[Any], **values: Any) -> Any:
        given = {"id": new_id(), "version": 1, "code": "P1", "name": "Partner", "currency": "CNY"}
        if kind is SupplierPublished:
            given |= {"payment_days": 30, "qualifications": ()}
        else:
            given |= {
                "kind": "hospital",
                "country": "CN",
                "address": "",
                "contact": "",
                "payment_days": 30,
                "credit_limit": "1",
                "minimum_life_days": 0,
                "licences": (),
            }
        partner = kind.model_validate(given | values)
        assert isinstance(partner, SupplierPublished | CustomerPublished)
        async with self.service.session("service:quality") as session:
            await keep_partner(session, partner)
        return partner

    async def arrive(self, *lines: tuple[ItemPublished, str]) -> GoodsArrived:
        event = GoodsArrived(
            arrival_id=new_id(),
            number="AR-1",
            order_id=new_id(),
            order_number="PO-1",
            supplier_id=new_id(),
            arrived_on=self.today,
            lines=tuple(
                ArrivalLine(
                    line_id=new_id(),
                    order_line_id=new_id(),
                    item_id=item.id,
                    quantity=Decimal(quantity),
                    lot_number=f"L{new_id().hex[-8:]}",
                )
                for item, quantity in lines
            ),
        )
        await self.hear(on_goods_arrived, event)
        return event

    async def complete(self, item: ItemPublished, quantity: str, *made_by: str) -> LotCompleted:
        event = LotCompleted.model_validate(
            {
                "order_id": new_id(),
                "order_number": "MO-1",
                "item_id": item.id,
                "lot_number": "P1",
                "serials": (),
                "quantity": quantity,
                "made_on": self.today,
                "usable_until": None,
                "made_by": made_by,
            }
        )
        await self.hear(on_lot_completed, event)
        return event

    async def hear(self, reaction: Any, event: Event, sequence: int = 1) -> None:
        async with self.service.session("service:quality") as session:
            await reaction(session, event, envelope_of(event, sequence))

    async def lots(self, source_id: UUID) -> list[dict[str, Any]]:
        asked = {"source_id": str(source_id)}
        answer = await self.decider.get("/inspections", params=asked)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def look(self, lot: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Enter results as the inspector; the lot as it stands then."""
        body = {"version": lot["version"], "inspected": lot["quantity"]} | changes
        place = f"/inspections/{lot['id']}/actions/record"
        answer = await self.inspector.post(place, json=body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def sign(
        self, *lots: dict[str, Any], user: UUID = DECIDER, meaning: str = "inspection decision"
    ) -> str:
        """What the gateway mints after the password was given again."""
        items = [
            {"id": lot["id"], "version": lot["version"], "hash": lot["content_hash"]}
            for lot in lots
        ]
        return mint(
            private_key("gateway"),
            issuer="gateway",
            subject=f"user:{user}",
            audience="signature:quality",
            company_id=COMPANY,
            name="质量经理",
            ttl=120,
            extra={"meaning": meaning, "items": items},
        )

    def actor(self) -> Actor:
        """The decider as a command sees them."""
        permissions = frozenset(EVERYTHING)
        return Actor(f"user:{DECIDER}", "质量经理", COMPANY, permissions)

    async def told(self, subject: str) -> list[dict[str, Any]]:
        async with self.service.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT body FROM outbox WHERE subject = :s ORDER BY position"),
                {"s": f"erp.quality.{subject}.v1"},
            )
            return list(rows.scalars())


def envelope_of(event: Event, sequence: int) -> Envelope:
    return Envelope.model_validate(
        {
            "id": new_id(),
            "source": "/test",
            "type": event.subject,
            "subject": str(getattr(event, event.aggregate)),
            "time": "2026-01-01T00:00:00Z",
            "companyid": COMPANY,
            "sequence": sequence,
            "position": 1,
            "actor": "service:test",
            "data": {},
        }
    )


@pytest.fixture
async def laboratory(service: Any) -> AsyncIterator[Laboratory]:
    async with service("quality") as quality:
        yield Laboratory(quality)
