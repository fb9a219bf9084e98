"""The people of sales' tests, a hospital and a ventilator, and what others have told of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.sales.app import SPEC
from services.sales.labels import LABELS
from services.sales.tests.hospital import (
    APPROVER,
    MASTERS,
    SELLER,
    act_on,
    answered,
    order_body,
)
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import (
    StockReserved,
)
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

PERMISSIONS = [code for code in LABELS if code.startswith("sales.")]
Hear = Callable[..., Awaitable[None]]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def sales(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("sales") as running:
        yield running


@pytest.fixture
def seller(sales: ServiceUnderTest) -> httpx.AsyncClient:
    rights = [code for code in PERMISSIONS if code != "sales.order.approve"]
    return sales.as_user(*rights, user_id=SELLER)


@pytest.fixture
def approver(sales: ServiceUnderTest) -> httpx.AsyncClient:
    return sales.as_user("sales.order.read", "sales.order.approve", user_id=APPROVER)


@pytest.fixture
def hear(sales: ServiceUnderTest) -> Hear:
    """Run the reactions to events, each in a transaction of its own."""
    places = count(1)

    async def hear(*events: Event) -> None:
        for event in events:
            async with sales.session("service:sales") as session:
                place = next(places)
                envelope = Envelope(
                    id=new_id(),
                    source="/test",
                    type=event.subject,
                    subject="x",
                    time=sales.app.state.clock.now(),
                    companyid=COMPANY,
                    sequence=place,
                    position=place,
                    actor="service:test",
                    data=event.model_dump(mode="json"),
                )
                for reaction in SPEC.reactions:
                    if reaction.event is type(event):
                        await reaction.run(session, event, envelope)

    return hear


@pytest.fixture
async def masters(hear: Hear) -> None:
    await hear(*MASTERS)


@pytest.fixture
def make_order(
    masters: None, seller: httpx.AsyncClient, approver: httpx.AsyncClient, hear: Hear
) -> Make:
    """An order brought to a state; `short` pieces are missing when it is approved."""

    async def make(until: str = "draft", short: int = 0, **given: Any) -> dict[str, Any]:
        answer = await seller.post("/orders", json=order_body(**given))
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        if until != "draft":
            order = await act_on(seller, order["id"], "submit")
        if until in ("approved", "allocated"):
            order = await act_on(approver, order["id"], "approve")
            await hear(answered(order, short))
        if until == "allocated":
            await hear(StockReserved(saga_id=UUID(order["id"]), picks=()))
        shown: dict[str, Any] = (await seller.get(f"/orders/{order['id']}")).json()
        return shown

    return make


@pytest.fixture
def make_delivery(seller: httpx.AsyncClient) -> Make:
    async def make(order: dict[str, Any], quantity: int | None = None) -> dict[str, Any]:
        wish: dict[str, Any] = {"order_id": order["id"]}
        if quantity is not None:
            wish["lines"] = [{"line_id": order["lines"][0]["id"], "quantity": str(quantity)}]
        answer = await seller.post("/deliveries", json=wish)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    return make
