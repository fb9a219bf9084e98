"""Three-way match through the API: what fits is posted, what differs is held and explained."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.finance.tests.conftest import (
    CLERK,
    MANAGER_MAY,
    ORDER_LINE,
    SUPPLIER,
    accepted,
    balances,
    priced,
)
from tests.support.services import ServiceUnderTest


def bill(
    day: date, quantity: str = "10", price: str = "10", number: str = "INV-1", **changes: Any
) -> Any:
    line = {
        "order_line_id": str(ORDER_LINE), "quantity": quantity, "price": price,
        "tax_rate": "0.13",
    }  # fmt: skip
    return {
        "supplier_id": str(SUPPLIER), "number": number, "invoiced_on": day.isoformat(),
        "currency": "CNY", "lines": [line],
    } | changes  # fmt: skip


async def record(clerk: Any, body: Any, status: int = 201) -> Any:
    answer = await clerk.post("/supplier-invoices", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
async def received(feed: Any, books: dict[str, Any], masters: None, day: date) -> None:
    await feed(priced(day), accepted(day, 100))


@pytest.mark.req("B10", "REQ-28")
async def test_what_agrees_is_posted_at_once(
    clerk: httpx.AsyncClient, received: None, day: date
) -> None:
    invoice = await record(clerk, bill(day, "98", "10.05"))
    assert (invoice["state"], invoice["differences"]) == ("posted", [])
    # the worked example of finance.md 4.1: 984.90 net, 128.04 tax, 980.00 accrued, 2 pieces left
    assert await balances(clerk) == {
        "1403": "1004.9", "220202": "-20", "222105": "128.04", "220201": "-1112.94",
    }  # fmt: skip
    left = (await clerk.get("/accruals")).json()
    assert (left["total"], left["lines"][0]["open_quantity"]) == ("20", "2")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"price": "10.06"}, "price"),
        ({"price": "9.94"}, "price"),
        ({"quantity": "101"}, "quantity"),
        ({"currency": "USD", "rate": "7"}, "currency"),
        ({"supplier_id": "00000000-0000-0000-0000-000000000099"}, "supplier"),
    ],
)
async def test_what_differs_is_held_with_its_numbers(
    clerk: httpx.AsyncClient, received: None, day: date, changes: Any, kind: Any
) -> None:
    line = {k: changes[k] for k in ("price", "quantity") if k in changes}
    rest = {k: v for k, v in changes.items() if k not in line}
    invoice = await record(clerk, bill(day, **({"quantity": "100"} | line), **rest))
    assert invoice["state"] == "held"
    assert [one["kind"] for one in invoice["differences"]] == [kind]
    assert invoice["differences"][0]["text_zh"].startswith("第 1 行")
    assert (await balances(clerk)) == {"1403": "1000", "220202": "-1000"}


async def test_an_unknown_order_line_is_held(
    clerk: httpx.AsyncClient, books: dict[str, Any], masters: None, day: date
) -> None:
    assert (await record(clerk, bill(day)))["differences"][0]["kind"] == "order"


async def test_a_held_price_is_accepted_by_another_person_with_a_reason(
    finance: ServiceUnderTest,
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    received: None,
    day: date,
) -> None:
    invoice = await record(clerk, bill(day, "100", "12"))
    url = f"/supplier-invoices/{invoice['id']}/actions/resolve"
    wish = {"version": 1, "decision": "accept", "note": "agreed by mail"}
    same = finance.as_user(*MANAGER_MAY, user_id=CLERK)
    for client, body, problem in (
        (clerk, wish, "permission-missing"),
        (same, wish, "same-hands"),
        (manager, wish | {"note": " "}, "note-missing"),
        (manager, wish | {"version": 9}, "version-stale"),
    ):
        assert (await client.post(url, json=body)).json()["type"] == f"/problems/{problem}"
    done = await manager.post(url, json=wish)
    assert (done.status_code, done.json()["state"]) == (200, "posted"), done.text
    again = await manager.post(url, json=wish | {"version": done.json()["version"]})
    assert again.json()["type"] == "/problems/action-not-allowed"
    assert (await balances(clerk))["1403"] == "1200"


async def test_a_quantity_is_never_accepted_but_by_the_goods(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, feed: Any, received: None, day: date
) -> None:
    invoice = await record(clerk, bill(day, "110"))
    url = f"/supplier-invoices/{invoice['id']}/actions/resolve"
    wish = {"version": 1, "decision": "accept", "note": "they insist"}
    refused = await manager.post(url, json=wish)
    assert refused.json()["type"] == "/problems/quantity-not-payable"
    await feed(accepted(day, 10))
    assert (await manager.post(url, json=wish)).json()["state"] == "posted"
    assert (await clerk.get("/accruals")).json()["total"] == "0"


async def test_a_rejected_invoice_posts_nothing(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, received: None, day: date
) -> None:
    invoice = await record(clerk, bill(day, "100", "12"))
    wish = {"version": 1, "decision": "reject", "note": "wrong price"}
    done = await manager.post(f"/supplier-invoices/{invoice['id']}/actions/resolve", json=wish)
    assert done.json()["state"] == "rejected"
    assert await balances(clerk) == {"1403": "1000", "220202": "-1000"}


async def test_the_same_number_twice_is_refused(
    clerk: httpx.AsyncClient, received: None, day: date
) -> None:
    first = await record(clerk, bill(day))
    refused = await record(clerk, bill(day), 409)
    assert refused["type"] == "/problems/invoice-recorded-before"
    assert refused["recorded_as"] == first["number"]


async def test_two_invoices_for_the_same_goods_have_one_winner(
    clerk: httpx.AsyncClient, received: None, day: date
) -> None:
    both = await asyncio.gather(
        *(record(clerk, bill(day, "100", number=f"INV-{n}")) for n in (1, 2))
    )
    assert sorted(one["state"] for one in both) == ["held", "posted"]
    assert (await clerk.get("/accruals")).json()["total"] == "0"


async def test_an_unheard_rate_is_asked_for(
    clerk: httpx.AsyncClient, received: None, day: date
) -> None:
    refused = await record(clerk, bill(day, currency="EUR"), 422)
    assert refused["type"] == "/problems/rate-unknown"
