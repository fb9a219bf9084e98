"""One sales order from draft to closed, by its own routes and others' events."""

import httpx
import pytest

from services.sales.tests.conftest import Hear, Make
from services.sales.tests.hospital import dispatched, invoiced, saga_of, told
from shared.contracts.sales.events import OrderApproved, OrderShipped
from tests.support.services import ServiceUnderTest


@pytest.mark.req("REQ-68", "REQ-70", "REQ-77")
async def test_an_order_goes_from_draft_to_closed(
    sales: ServiceUnderTest,
    make_order: Make,
    make_delivery: Make,
    seller: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order("allocated", short=2)
    assert order["state"] == "allocated"
    assert order["gross"] == "5650"
    assert len(await told(sales, OrderApproved.subject)) == 1
    part = await make_delivery(order, 2)
    await hear(dispatched(part), dispatched(part))
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert shown["state"] == "partially_shipped"
    rest = await make_delivery(order)
    assert rest["lines"][0]["quantity"] == "3"
    await hear(dispatched(rest), invoiced(order, part), invoiced(order, part))
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert shown["states"]["billing"] == "partially_billed"
    assert shown["state"] == "shipped"
    await hear(invoiced(order, rest))
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["states"]["billing"]) == ("closed", "billed")
    assert [body["state"] for body in await told(sales, OrderShipped.subject)] == [
        "partially_shipped", "shipped",
    ]  # fmt: skip
    assert (await saga_of(sales, rest["id"])).data["shipped"] == {order["lines"][0]["id"]: "3"}
