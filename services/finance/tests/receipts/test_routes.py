"""Money from customers settles what is open, never more."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.finance.tests.conftest import CUSTOMER, balances
from services.finance.tests.sales_invoices.test_routes import (
    DELIVERY,
    URL,
    sales,
    shipped,
    stocked,
    wish,
)
from shared.ids import new_id

__all__ = ["sales", "shipped", "stocked"]


@pytest.fixture
async def posted(clerk: httpx.AsyncClient, sales: Any, shipped: None, day: date) -> None:
    await sales.put(URL, json=wish(day))
    await clerk.post(f"{URL}/actions/post", json={"version": 1})


def money(day: date, amount: Any, *parts: Any, **changes: Any) -> Any:
    allocations = [{"invoice_id": str(DELIVERY), "amount": part} for part in parts]
    return {
        "customer_id": str(CUSTOMER), "amount": amount, "currency": "CNY",
        "received_on": day.isoformat(), "allocations": allocations,
    } | changes  # fmt: skip


@pytest.mark.req("G3")
async def test_partial_receipts_and_an_advance(
    clerk: httpx.AsyncClient, posted: None, day: date
) -> None:
    first = await clerk.post("/receipts", json=money(day, "13", "13"))
    assert first.status_code == 201, first.text
    assert (await clerk.get(URL)).json()["open_amount"] == "100"
    second = await clerk.post("/receipts", json=money(day, "120", "100"))
    assert second.json()["advance"] == "20"
    assert (await clerk.get(URL)).json()["state"] == "paid"
    found = await balances(clerk)
    assert (found["1002"], found["2205"], "1122" in found) == ("133", "-20", False)


@pytest.mark.parametrize(
    ("amount", "parts", "changes", "problem"),
    [
        ("200", ["114"], {}, "over-allocated"),
        ("10", ["11"], {}, "allocations-exceed"),
        ("113", ["50", "50"], {}, "allocated-twice"),
        ("113", ["113"], {"currency": "USD"}, "currency-differs"),
        ("113", ["113"], {"customer_id": str(new_id())}, "open-item-unknown"),
        ("113", ["113"], {"received_on": "2099-01-01"}, "received-ahead"),
    ],
)
async def test_what_cannot_be_settled_is_refused(
    clerk: httpx.AsyncClient,
    posted: None,
    day: date,
    amount: Any,
    parts: Any,
    changes: Any,
    problem: str,
) -> None:
    refused = await clerk.post("/receipts", json=money(day, amount, *parts, **changes))
    assert refused.json()["type"] == f"/problems/{problem}", refused.text
    assert (await balances(clerk))["1122"] == "113"


async def test_two_receipts_for_one_invoice_have_one_winner(
    clerk: httpx.AsyncClient, posted: None, day: date
) -> None:
    answers = await asyncio.gather(
        *(clerk.post("/receipts", json=money(day, "113", "113")) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await balances(clerk))["1002"] == "113"


async def test_a_repeated_request_is_one_receipt(
    clerk: httpx.AsyncClient, posted: None, day: date
) -> None:
    key = {"Idempotency-Key": "r-1"}
    answers = [
        await clerk.post("/receipts", json=money(day, "13", "13"), headers=key) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert (await balances(clerk))["1002"] == "13"
