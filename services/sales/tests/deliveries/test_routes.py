"""Deliveries: what may go out, once, and what happens when it does not."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.sales.tests.conftest import Hear, Make
from services.sales.tests.hospital import act_on, dispatched, invoiced, saga_of, told, try_act
from shared.contracts.finance.invoices import RequestInvoice
from shared.contracts.sales.events import OrderShipped
from shared.decimals import plain
from shared.ids import derived_id, new_id
from tests.support.services import ServiceUnderTest


async def ask(seller: httpx.AsyncClient, order: dict[str, Any], *lines: Any) -> httpx.Response:
    wish = {"order_id": order["id"]}
    named = [{"line_id": str(id), "quantity": quantity} for id, quantity in lines]
    return await seller.post("/deliveries", json=wish | ({"lines": named} if named else {}))


@pytest.mark.req("REQ-77")
async def test_no_more_goes_out_than_is_ordered(
    make_order: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("allocated")
    line = order["lines"][0]["id"]
    over = await ask(seller, order, (line, "4"), (line, "2"))
    assert over.json()["type"] == "/problems/more-than-ordered"
    assert (over.json()["wanted"], over.json()["remaining"]) == ("6", "5")
    strange = await ask(seller, order, (new_id(), "1"))
    assert strange.json()["type"] == "/problems/line-unknown"
    assert (await ask(seller, order)).status_code == 201
    nothing = await ask(seller, order)
    assert nothing.json()["type"] == "/problems/nothing-to-deliver"


async def test_two_deliveries_at_once_share_the_order(
    make_order: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("allocated")
    line = order["lines"][0]["id"]
    answers = await asyncio.gather(*(ask(seller, order, (line, "3")) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 422]


@pytest.mark.parametrize("until", ["draft", "approved"])
async def test_only_an_allocated_order_is_delivered(
    make_order: Make, seller: httpx.AsyncClient, until: str
) -> None:
    order = await make_order(until, short=1)
    refused = await ask(seller, order)
    assert refused.json()["type"] == "/problems/action-not-allowed"


async def test_an_order_on_its_way_is_not_cancelled(
    make_order: Make, make_delivery: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("allocated")
    await make_delivery(order, 1)
    refused = await try_act(seller, order["id"], "cancel", note="too late")
    assert refused.json()["type"] == "/problems/delivery-open"


async def test_a_cancelled_delivery_gives_its_quantity_back(
    sales: ServiceUnderTest, make_order: Make, make_delivery: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("allocated")
    delivery = await make_delivery(order)
    bare = await try_act(seller, delivery["id"], "cancel", "deliveries")
    assert bare.json()["type"] == "/problems/note-missing"
    gone = await act_on(seller, delivery["id"], "cancel", "deliveries", note="wrong address")
    assert gone["state"] == "cancelled"
    saga = await saga_of(sales, delivery["id"])
    assert (saga.phase, saga.step) == ("undoing", 0)
    assert (await ask(seller, order)).status_code == 201


async def test_a_dispatch_that_overtook_the_cancelling_counts_and_is_invoiced(
    sales: ServiceUnderTest,
    make_order: Make,
    make_delivery: Make,
    seller: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order("allocated")
    delivery = await make_delivery(order, 2)
    await act_on(seller, delivery["id"], "cancel", "deliveries", note="wrong address")
    await hear(dispatched(delivery), dispatched(delivery))
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert shown["state"] == "partially_shipped"
    assert (shown["lines"][0]["shipped"], shown["lines"][0]["delivering"]) == ("2", "0")
    saga = await saga_of(sales, derived_id(UUID(delivery["id"]), "late invoice"))
    assert (saga.name, saga.phase) == ("late_invoice", "asking")
    await hear(invoiced(order, delivery))
    shown = (await seller.get(f"/deliveries/{delivery['id']}")).json()
    assert (shown["state"], shown["states"]["billing"]) == ("closed", "billed")


async def test_dispatch_and_invoice_count_once(
    sales: ServiceUnderTest,
    make_order: Make,
    make_delivery: Make,
    seller: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order("allocated")
    delivery = await make_delivery(order)
    left, posted = dispatched(delivery), invoiced(order, delivery)
    await hear(left, left, posted, posted, left)
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["lines"][0]["shipped"]) == ("closed", "5")
    assert shown["invoiced_base"] == "5650"
    assert len(await told(sales, OrderShipped.subject)) == 1


@pytest.mark.req("REQ-77")
async def test_the_invoice_asks_for_what_was_shipped(
    sales: ServiceUnderTest, make_order: Make, make_delivery: Make, hear: Hear
) -> None:
    from services.sales.delivery_to_invoice.plan import invoice

    order = await make_order("allocated")
    delivery = await make_delivery(order, 3)
    await hear(dispatched(delivery))
    body = RequestInvoice.model_validate(invoice((await saga_of(sales, delivery["id"])).data))
    assert [(plain(line.quantity), plain(line.price)) for line in body.lines] == [("3", "1000")]
    assert body.shipped_on.isoformat() == "2026-03-01"


async def test_an_unknown_delivery_is_not_there(
    sales: ServiceUnderTest, seller: httpx.AsyncClient, make_order: Make, make_delivery: Make
) -> None:
    assert (await seller.get(f"/deliveries/{new_id()}")).status_code == 404
    delivery = await make_delivery(await make_order("allocated"))
    stranger = sales.as_user("sales.delivery.read", company_id=UUID(int=7))
    assert (await stranger.get(f"/deliveries/{delivery['id']}")).status_code == 404
    assert (await seller.get("/deliveries", params={"q": delivery["number"]})).json()["total"] == 1
