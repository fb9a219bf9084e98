"""One device through the books: bought, built, sold, paid; every figure worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.finance.tests.conftest import (
    ARRIVAL,
    CENTRE,
    CUSTOMER,
    MADE,
    ORDER_LINE,
    SUPPLIER,
    accepted,
    balances,
    dispatched,
    issued,
    priced,
)
from shared.contracts.inventory.events import CompletionReceived
from shared.contracts.production.events import LotReleased, OperationReported, OrderClosed
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

MO, SO, SO_LINE, DELIVERY = (UUID(int=n) for n in (0x71, 0x81, 0x82, 0x83))


def reported(day: date, minutes: Any) -> Any:
    return OperationReported(
        report_id=new_id(), order_id=MO, order_number="MO-1", item_id=MADE, operation=10,
        name="assemble", work_centre_id=CENTRE, good=Decimal(2), scrap=Decimal(0), minutes=minutes,
        operator="user:1", reported_on=day,
    )  # fmt: skip


def released(day: date, quantity: Any) -> Any:
    return LotReleased(
        order_id=MO, order_number="MO-1", item_id=MADE, lot_number="L", quantity=quantity,
        released_by="user:2", released_on=day,
    )  # fmt: skip


def completed(day: date, quantity: Any) -> Any:
    return CompletionReceived(
        saga_id=MO, order_number="MO-1", item_id=MADE, quantity=quantity, part_ids=(new_id(),),
        received_on=day,
    )  # fmt: skip


CLOSED = OrderClosed(
    saga_id=MO,
    number="MO-1",
    item_id=MADE,
    completed=True,
    planned=Decimal(2),
    good=Decimal(2),
    scrap=Decimal(0),
)
INVOICE = {
    "delivery_number": "DL-1", "order_id": str(SO), "order_number": "SO-1",
    "customer_id": str(CUSTOMER), "currency": "CNY", "rate": "1", "payment_days": 30,
    "lines": [{"order_line_id": str(SO_LINE), "item_id": str(MADE), "quantity": "1",
               "price": "2000", "tax_rate": "0.13"}],
}  # fmt: skip


@pytest.mark.req("REQ-28", "REQ-77", "REQ-80", "B10", "B11", "B13", "G1", "G2", "G3")
async def test_a_device_is_bought_built_sold_and_paid(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
) -> None:
    await feed(priced(day, currency="USD", rate=7), accepted(day, 100), issued(day, MO, 30))
    await feed(reported(day, 120), released(day, 2), completed(day, 2), CLOSED)
    # 100 × 10 USD × 7 = 7,000; 30 issued = 2,100; 2 h × 60 + 2 h × 30 = 180
    assert await balances(clerk) == {
        "1403": "4900", "140501": "2280", "220202": "-7000", "500103": "-120", "510199": "-60",
    }  # fmt: skip

    await sell(finance, clerk, feed, day)
    await pay(clerk, manager, day)
    # 1,130 USD booked at 7.1 = 8,023.00, paid at 7.0 = 7,910.00: 113.00 gained
    # invoice net 7,100 − accrued 7,000 = 100: 70 of 100 on hand → 70.00 stock, 30.00 cost of sales
    assert await balances(clerk) == {
        "1002": "-5650", "1403": "4970", "140501": "1140", "222105": "923", "22210107": "-260",
        "500103": "-120", "510199": "-60", "600101": "-2000", "6401": "1170", "660303": "-113",
    }  # fmt: skip
    await check_told(finance)


async def sell(finance: Any, clerk: Any, feed: Any, day: date) -> None:
    await feed(dispatched(day, DELIVERY, SO_LINE, MADE, 1, SO))
    sales = finance.as_service("sales")
    asked = await sales.put(
        f"/sales-invoices/{DELIVERY}", json=INVOICE | {"shipped_on": day.isoformat()}
    )
    assert asked.status_code == 200, asked.text
    assert asked.json()["state"] == "draft"
    posted = await clerk.post(f"/sales-invoices/{DELIVERY}/actions/post", json={"version": 1})
    assert posted.status_code == 200, posted.text
    assert posted.json()["gross"] == "2260"
    paid = await clerk.post("/receipts", json={
        "customer_id": str(CUSTOMER), "amount": "2260", "currency": "CNY",
        "received_on": day.isoformat(),
        "allocations": [{"invoice_id": str(DELIVERY), "amount": "2260"}],
    })  # fmt: skip
    assert paid.status_code == 201, paid.text


async def pay(clerk: Any, manager: Any, day: date) -> None:
    bill = await clerk.post("/supplier-invoices", json={
        "supplier_id": str(SUPPLIER), "number": "INV-9", "invoiced_on": day.isoformat(),
        "currency": "USD", "rate": "7.1",
        "lines": [{"order_line_id": str(ORDER_LINE), "quantity": "100", "price": "10",
                   "tax_rate": "0.13"}],
    })  # fmt: skip
    assert bill.status_code == 201, bill.text
    assert bill.json()["state"] == "posted", bill.text
    proposal = (await clerk.get("/payments/proposals?due_by=2099-01-01")).json()
    assert [p["amount"] for p in proposal] == ["1130"]
    payment = await clerk.post(
        "/payments", json={"supplier_id": str(SUPPLIER), "invoice_ids": [bill.json()["id"]]}
    )
    assert payment.status_code == 201, payment.text
    url = f"/payments/{payment.json()['id']}/actions"
    assert (await manager.post(f"{url}/approve", json={"version": 1})).status_code == 200
    done = await clerk.post(f"{url}/execute", json={"version": 2})
    assert done.status_code == 200, done.text


async def check_told(finance: Any) -> None:
    async with finance.session() as session:
        told = (
            await session.execute(text("SELECT subject, body FROM outbox ORDER BY position"))
        ).all()
    ends = {t.subject.split(".")[2] for t in told}
    assert ends >= {
        "arrival_invoiced", "arrival_paid", "invoice_posted", "cost_of_sales_posted",
        "payment_executed", "credit_changed", "item_valued", "voucher_posted",
    }  # fmt: skip
    assert [t.body["saga_id"] for t in told if "arrival_" in t.subject] == [str(ARRIVAL)] * 2
