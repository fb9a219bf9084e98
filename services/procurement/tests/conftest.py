"""The people of procurement's tests, and what masterdata has told them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.procurement.app import SPEC
from services.procurement.labels import PERMISSIONS
from shared.contracts.base import Envelope, Event
from shared.contracts.masterdata.events import (
    Credential,
    ItemPublished,
    RatePublished,
    SourcePriced,
    SourcePublished,
    SupplierPublished,
)
from shared.contracts.production.events import PlannedPurchase, PlannedPurchasesReleased
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

ITEM, EXPIRING = UUID(int=0x11), UUID(int=0x12)
NEAR, FAR = UUID(int=0x21), UUID(int=0x22)
SOURCES = {
    (ITEM, NEAR): UUID(int=0x31),
    (ITEM, FAR): UUID(int=0x32),
    (EXPIRING, NEAR): UUID(int=51),
}
BUYER, MANAGER, FINANCE = UUID(int=0xB1), UUID(int=0xB2), UUID(int=0xB3)
BUYS = [p for p in PERMISSIONS if ".approve" not in p and not p.endswith("reject")]
Hear = Callable[..., Awaitable[None]]


@pytest.fixture
async def procurement(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("procurement") as running:
        yield running


@pytest.fixture
def buyer(procurement: ServiceUnderTest) -> httpx.AsyncClient:
    return procurement.as_user(*BUYS, user_id=BUYER)


@pytest.fixture
def manager(procurement: ServiceUnderTest) -> httpx.AsyncClient:
    own = [p for p in PERMISSIONS if p.endswith((".read", ".approve", ".reject"))]
    return procurement.as_user(*own, user_id=MANAGER)


@pytest.fixture
def finance(procurement: ServiceUnderTest) -> httpx.AsyncClient:
    own = ("procurement.order.approve_finance", "procurement.order.reject")
    return procurement.as_user("procurement.order.read", *own, user_id=FINANCE)


@pytest.fixture
def hear(procurement: ServiceUnderTest) -> Hear:
    """Run the reactions to events, each in a transaction of its own."""

    async def hear(*events: Event) -> None:
        for event in events:
            async with procurement.session("service:procurement") as session:
                envelope = Envelope(
                    id=new_id(), source="/test", type=event.subject, subject="x",
                    time=procurement.app.state.clock.now(), companyid=COMPANY, sequence=1,
                    position=1, actor="service:test", data=event.model_dump(mode="json"),
                )  # fmt: skip
                for reaction in SPEC.reactions:
                    if reaction.event is type(event):
                        await reaction.run(session, event, envelope)

    return hear


def item(id: UUID, **changes: Any) -> ItemPublished:
    return ItemPublished.model_validate(
        {
            "id": id, "version": 1, "code": f"I-{id.int:x}", "name": "Item", "kind": "purchased",
            "stock_unit": "pcs", "decimals": 0, "tracking": "lot", "inspect_incoming": True,
            "inspect_completion": False,
        } | changes
    )  # fmt: skip


def supplier(id: UUID, **changes: Any) -> SupplierPublished:
    licence = Credential(kind="business_licence", number="1", valid_from=date(2020, 1, 1))
    return SupplierPublished.model_validate(
        {
            "id": id, "version": 1, "code": f"S-{id.int:x}", "name": "Supplier",
            "currency": "USD" if id == FAR else "CNY", "payment_days": 30,
            "qualifications": (licence,),
        } | changes
    )  # fmt: skip


def source(item_id: UUID, supplier_id: UUID, price: str, **changes: Any) -> list[Event]:
    both: dict[str, Any] = {
        "id": SOURCES[item_id, supplier_id], "version": 1, "item_id": item_id,
        "supplier_id": supplier_id,
    }  # fmt: skip
    terms: dict[str, Any] = {
        "supplier_part_no": "P", "rank": 1, "order_minimum": 10, "order_multiple": 5,
        "lead_time_days": 7, **changes,
    }  # fmt: skip
    currency = "USD" if supplier_id == FAR else "CNY"
    return [
        SourcePublished(**both, **terms),
        SourcePriced(**both, price=Decimal(price), currency=currency),
    ]


@pytest.fixture
async def world(hear: Hear) -> None:
    """Two items, two suppliers (one abroad), their sources and the rate of the dollar."""
    await hear(
        item(ITEM),
        item(EXPIRING, shelf_life_days=365, minimum_life_days=180),
        supplier(NEAR),
        supplier(FAR),
        *source(ITEM, NEAR, "100"),
        *source(ITEM, FAR, "20", rank=2, lead_time_days=20),
        *source(EXPIRING, NEAR, "5"),
        RatePublished(
            id=UUID(int=9), version=1, currency="USD", day=date(2020, 1, 1), rate=Decimal(7)
        ),
    )


@pytest.fixture
def plan(procurement: ServiceUnderTest, hear: Hear) -> Callable[..., Awaitable[None]]:
    """Planned purchases of (item, quantity) for one demand, needed in a month."""

    async def plan(demand_id: UUID, *wanted: tuple[UUID, int]) -> None:
        needed_on = procurement.app.state.clock.today() + timedelta(days=30)
        lines = tuple(
            PlannedPurchase(
                planned_order_id=new_id(), item_id=item_id, quantity=Decimal(quantity),
                needed_on=needed_on, demand_id=demand_id, reason="SO-1 needs it",
            )
            for item_id, quantity in wanted
        )  # fmt: skip
        await hear(PlannedPurchasesReleased(release_id=new_id(), demand_id=demand_id, lines=lines))

    return plan


@pytest.fixture
def make_order(
    procurement: ServiceUnderTest, buyer: httpx.AsyncClient, manager: httpx.AsyncClient,
    finance: httpx.AsyncClient,
) -> Callable[..., Awaitable[dict[str, Any]]]:  # fmt: skip
    """An order at NEAR brought to a state on its way to `issued`."""

    async def make(
        quantity: int = 10, item_id: UUID = ITEM, state: str = "issued", price: str = "2"
    ) -> dict[str, Any]:
        due = str(procurement.app.state.clock.today())
        line = {"item_id": str(item_id), "quantity": str(quantity), "price": price, "due_on": due}
        wish = {"supplier_id": str(NEAR), "lines": [line]}
        answer = await buyer.post("/orders", json=wish)
        for verb, client in (
            ("submit", buyer), ("approve", manager), ("approve_finance", finance), ("issue", buyer),
        ):  # fmt: skip
            assert answer.status_code in (200, 201), answer.text
            order: dict[str, Any] = answer.json()
            if order["state"] == state:
                return order
            if verb == "approve_finance" and order["state"] == "approved":
                continue
            url = f"/orders/{order['id']}/actions/{verb}"
            answer = await client.post(url, json={"version": order["version"]})
        assert answer.json()["state"] == state, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    return make
