"""Sales asks, a clerk posts; only what was shipped is invoiced."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.finance.tests.conftest import (
    CUSTOMER,
    ITEM,
    accepted,
    balances,
    dispatched,
    priced,
)
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

ORDER, LINE, DELIVERY = UUID(int=0x81), UUID(int=0x82), UUID(int=0x83)
URL = f"/sales-invoices/{DELIVERY}"


def wish(day: date, quantity: str = "2", **changes: Any) -> Any:
    line = {
        "order_line_id": str(LINE), "item_id": str(ITEM), "quantity": quantity,
        "price": "50", "tax_rate": "0.13",
    }  # fmt: skip
    return {
        "delivery_number": "DL-1", "order_id": str(ORDER), "order_number": "SO-1",
        "customer_id": str(CUSTOMER), "currency": "CNY", "rate": "1", "payment_days": 30,
        "shipped_on": day.isoformat(), "lines": [line],
    } | changes  # fmt: skip


@pytest.fixture
def sales(finance: ServiceUnderTest) -> Any:
    return finance.as_service("sales")


@pytest.fixture
async def stocked(feed: Any, books: dict[str, Any], masters: None, day: date) -> None:
    await feed(priced(day), accepted(day, 10))


@pytest.fixture
async def shipped(feed: Any, stocked: None, day: date) -> None:
    await feed(dispatched(day, DELIVERY, LINE, ITEM, 2, ORDER))


@pytest.mark.req("REQ-77")
async def test_an_invoice_waits_for_the_goods_to_leave(
    clerk: httpx.AsyncClient, sales: Any, feed: Any, stocked: None, day: date
) -> None:
    assert (await sales.put(URL, json=wish(day))).json()["state"] == "awaiting_shipment"
    early = await clerk.post(f"{URL}/actions/post", json={"version": 1})
    assert early.json()["type"] == "/problems/action-not-allowed"
    await feed(dispatched(day, DELIVERY, LINE, ITEM, 2, ORDER))
    ready = (await clerk.get(URL)).json()
    assert (ready["state"], ready["allowed_actions"]) == ("draft", ["post"])
    posted = await clerk.post(f"{URL}/actions/post", json={"version": ready["version"]})
    assert posted.json()["state"] == "posted", posted.text
    assert await balances(clerk) == {
        "1122": "113", "1403": "80", "220202": "-100", "600101": "-100", "22210107": "-13",
        "6401": "20",
    }  # fmt: skip


async def test_more_than_was_shipped_never_becomes_a_draft(
    sales: Any, shipped: None, day: date
) -> None:
    assert (await sales.put(URL, json=wish(day, "3"))).json()["state"] == "awaiting_shipment"


async def test_the_same_wish_again_answers_the_same(sales: Any, shipped: None, day: date) -> None:
    answers = await asyncio.gather(*(sales.put(URL, json=wish(day)) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    assert len({answer.json()["number"] for answer in answers}) == 1
    other = await sales.put(URL, json=wish(day, "1"))
    assert other.json()["type"] == "/problems/sales-invoice-differs"


async def test_a_withdrawn_wish_is_over_before_or_after_it_came(
    sales: Any, shipped: None, day: date
) -> None:
    unheard = f"/sales-invoices/{new_id()}"
    for url in (URL, unheard):
        if url == URL:
            await sales.put(url, json=wish(day))
        for _ in range(2):
            assert (await sales.delete(url)).json()["state"] == "cancelled"
        refused = await sales.put(url, json=wish(day))
        assert refused.json()["type"] == "/problems/sales-invoice-withdrawn"


async def test_another_companys_wish_is_unknown(
    finance: ServiceUnderTest, sales: Any, shipped: None, day: date
) -> None:
    await sales.put(URL, json=wish(day))
    other = finance.as_service("sales", company_id=new_id())
    refused = await other.delete(URL)
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/sales-invoice-unknown")
    assert (await sales.put(URL, json=wish(day))).json()["state"] != "cancelled"


async def test_a_posted_invoice_cannot_be_withdrawn_or_posted_again(
    clerk: httpx.AsyncClient, sales: Any, shipped: None, day: date
) -> None:
    await sales.put(URL, json=wish(day))
    url = f"{URL}/actions/post"
    answers = await asyncio.gather(*(clerk.post(url, json={"version": 1}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert (await sales.delete(URL)).json()["type"] == "/problems/sales-invoice-posted"
    assert (await clerk.get(f"/vouchers?source_id={DELIVERY}")).json()["total"] == 1


async def test_a_foreign_invoice_is_settled_with_the_rates_difference(
    clerk: httpx.AsyncClient, sales: Any, shipped: None, day: date
) -> None:
    await sales.put(URL, json=wish(day, currency="USD", rate="7.2"))
    await clerk.post("/sales-invoices/actions/post", json={
        "items": [{"id": str(DELIVERY), "version": 1}],
    })  # fmt: skip
    money = {
        "customer_id": str(CUSTOMER), "amount": "113", "currency": "USD",
        "received_on": day.isoformat(),
        "allocations": [{"invoice_id": str(DELIVERY), "amount": "113"}],
    }  # fmt: skip
    answer = await clerk.post("/receipts", json=money)
    assert answer.status_code == 201, answer.text
    # 113 USD booked at 7.2 = 813.60, received at 7.0 = 791.00: 22.60 lost
    found = await balances(clerk)
    assert (found["1002"], found["660303"], "1122" in found) == ("791", "22.6", False)


async def test_a_longer_list_costs_no_more_statements(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    sales: Any,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
    statements: Any,
) -> None:
    await feed(priced(day), accepted(day, 50))
    counts: list[int] = []
    for deliveries in ([new_id() for _ in range(2)], [new_id() for _ in range(20)]):
        await feed(*(dispatched(day, id, LINE, ITEM, 2, ORDER) for id in deliveries))
        for id in deliveries:
            assert (await sales.put(f"/sales-invoices/{id}", json=wish(day))).status_code == 200
        items = [{"id": str(id), "version": 1} for id in deliveries]
        with statements(finance.engine) as sent:
            answer = await clerk.post("/sales-invoices/actions/post", json={"items": items})
        assert {one["state"] for one in answer.json()["items"]} == {"posted"}, answer.text
        counts.append(len(sent))
    assert counts[0] >= counts[1], counts
    assert (await balances(clerk))["1122"] == "2486"


async def test_a_person_without_the_right_asks_in_vain(
    clerk: httpx.AsyncClient, shipped: None, day: date
) -> None:
    assert (await clerk.put(URL, json=wish(day))).status_code == 403
    assert (await clerk.get(f"/sales-invoices/{new_id()}")).status_code == 404
