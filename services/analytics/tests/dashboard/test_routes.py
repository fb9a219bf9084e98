"""Every figure worked out by hand from a dozen events."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.finance.events import CostOfSalesPosted, InvoicePosted, ItemValued
from shared.contracts.inventory.events import Pick, ShipmentDispatched
from shared.contracts.production.events import OperationReported
from shared.contracts.sales.events import OrderApproved, OrderCancelled, OrderLine
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

ITEM, CUSTOMER, DELIVERY = UUID(int=1), UUID(int=2), UUID(int=3)
SPAN = "from=2026-11-01&to=2026-11-10"


def approved(order: Any, *lines: Any) -> Any:
    return OrderApproved(
        order_id=order, number="SO", customer_id=CUSTOMER, currency="CNY", rate=Decimal(1),
        approved_on=date(2026, 11, 1),
        lines=tuple(
            OrderLine(line_id=line, item_id=ITEM, quantity=quantity, price=Decimal(100),
                      tax_rate=Decimal("0.13"), net=100 * quantity, tax=13 * quantity,
                      due_on=date(2026, 11, due))
            for line, quantity, due in lines
        ),
    )  # fmt: skip


def shipped(line: Any, quantity: Any, day: int) -> Any:
    pick = Pick(line_id=line, item_id=ITEM, part_id=new_id(), lot_id=new_id(), lot_number="L",
                quantity=quantity)  # fmt: skip
    return ShipmentDispatched(
        saga_id=DELIVERY, shipment_id=new_id(), number="SH", order_id=UUID(int=9),
        customer_id=CUSTOMER, dispatched_on=date(2026, 11, day), picks=(pick,),
    )  # fmt: skip


def invoiced(net: Any, day: int = 5, **changes: Any) -> Any:
    line = InvoicePosted.Line(
        order_line_id=UUID(int=11), item_id=ITEM, quantity=Decimal(1), net=net, tax=Decimal(0)
    )
    return InvoicePosted(
        saga_id=new_id(), invoice_id=new_id(), number="SI", order_id=UUID(int=9),
        customer_id=CUSTOMER, currency="CNY", net=net, tax=Decimal(0), gross=net,
        posted_on=date(2026, 11, day), lines=(line,),
    )  # fmt: skip


def costed(cost: Any) -> Any:
    line = CostOfSalesPosted.Line(
        order_line_id=UUID(int=11), item_id=ITEM, quantity=Decimal(1), cost=cost
    )
    return CostOfSalesPosted(
        delivery_id=DELIVERY, order_id=UUID(int=9), posted_on=date(2026, 11, 5), lines=(line,)
    )


def valued(version: Any, value: Any, day: int) -> Any:
    return ItemValued(
        item_id=ITEM,
        version=version,
        quantity=Decimal(1),
        value=value,
        valued_on=date(2026, 11, day),
    )


def reported(good: Any, scrap: Any) -> Any:
    return OperationReported(
        report_id=new_id(), order_id=UUID(int=8), order_number="MO", item_id=ITEM, operation=10,
        name="test", work_centre_id=UUID(int=7), good=good, scrap=scrap, minutes=Decimal(5),
        operator="user:1", reported_on=date(2026, 11, 4),
    )  # fmt: skip


EVENTS = (
    approved(UUID(int=9), (UUID(int=11), 2, 6), (UUID(int=12), 1, 6), (UUID(int=13), 1, 20)),
    approved(UUID(int=10), (UUID(int=14), 1, 6)),
    OrderCancelled(
        order_id=UUID(int=10), number="SO", reason="no longer needed",
        cancelled_on=date(2026, 11, 2),
    ),
    shipped(UUID(int=11), 2, 5),
    shipped(UUID(int=12), 1, 8),
    invoiced(300),
    invoiced(100, day=12),
    costed(120),
    valued(1, 1000, 1),
    valued(2, 400, 6),
    reported(9, 1),
    reported(10, 0),
)  # fmt: skip
# sales 300; margin (300 − 120) / 300; stock (5 × 1000 + 5 × 400) / 10 = 700, cost 120 × 365 / 10;
# two lines due by the 10th, one in time, the cancelled one left out; good 19 of 20
EXPECTED = {
    "sales_net": "300", "gross_margin": "0.6", "stock_turns": "6.257143",
    "order_fulfilment": "0.5", "production_yield": "0.95",
}  # fmt: skip


async def figures(client: Any) -> Any:
    answer = await client.get(f"/dashboard?{SPAN}")
    assert answer.status_code == 200, answer.text
    return {tile["code"]: tile["value"] for tile in answer.json()["tiles"]}


async def test_the_figures_follow_from_the_events(reader: httpx.AsyncClient, feed: Any) -> None:
    await feed(*EVENTS)
    assert await figures(reader) == EXPECTED
    assert (await reader.get("/proof")).json()["proven"]


async def test_order_and_repetition_change_nothing(reader: httpx.AsyncClient, feed: Any) -> None:
    envelopes = [feed.envelope(event) for event in EVENTS]
    for envelope in (*reversed(envelopes), *envelopes[::2]):
        await feed.deliver(envelope)
    assert await figures(reader) == EXPECTED
    assert (await reader.get("/proof")).json()["proven"]


async def test_a_correction_moves_the_sums(reader: httpx.AsyncClient, feed: Any) -> None:
    order = UUID(int=9)
    late = feed.envelope(approved(order, (UUID(int=11), 2, 6)), sequence=1)
    await feed.deliver(feed.envelope(approved(order, (UUID(int=11), 3, 6)), sequence=2))
    await feed.deliver(feed.envelope(approved(order, (UUID(int=11), 5, 6)), sequence=3))
    await feed.deliver(late)
    proof = (await reader.get("/proof")).json()
    assert (proof["proven"], proof["facts"]) == (True, 1)
    facts = (await reader.get("/facts?grain=order_line")).json()["items"]
    assert [fact["quantity"] for fact in facts] == ["5"]


async def test_a_lost_sum_is_named(reader: httpx.AsyncClient, feed: Any, owner_engine: Any) -> None:
    from sqlalchemy import text

    await feed(*EVENTS)
    async with owner_engine("analytics").begin() as connection:
        await connection.execute(
            text("UPDATE daily_sum SET amount = amount + 1 WHERE grain = 'cost_line'")
        )
    proof = (await reader.get("/proof")).json()
    assert not proof["proven"]
    assert [one["grain"] for one in proof["differences"]] == ["cost_line"]


async def test_cost_is_hidden_from_those_who_may_not_see_it(
    analytics: ServiceUnderTest, feed: Any
) -> None:
    await feed(*EVENTS)
    stranger = analytics.as_user("analytics.dashboard.read")
    answer = (await stranger.get(f"/dashboard?{SPAN}")).json()
    assert answer["hidden"] == ["gross_margin", "stock_turns"]
    assert {tile["code"] for tile in answer["tiles"]} == {
        "sales_net", "order_fulfilment", "production_yield",
    }  # fmt: skip
    everything = (await stranger.get("/facts")).json()
    assert "cost_line" not in {fact["grain"] for fact in everything["items"]}
    assert (await stranger.get("/facts?grain=cost_line")).json()["items"] == []
    assert (await stranger.post("/rebuild")).status_code == 403


async def test_a_ratio_of_nothing_is_nothing(reader: httpx.AsyncClient) -> None:
    assert (await figures(reader))["production_yield"] is None


@pytest.mark.parametrize("span", ["from=2026-11-10&to=2026-11-01", "from=2000-01-01&to=2026-01-01"])
async def test_an_impossible_span_is_refused(reader: httpx.AsyncClient, span: Any) -> None:
    answer = await reader.get(f"/dashboard?{span}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/span-refused")
