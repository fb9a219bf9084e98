"""Placing and changing orders, the gates, the approval, and giving up."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.sales.tests.conftest import Hear, Make
from services.sales.tests.hospital import (
    EXPORT,
    HOSPITAL,
    VENT,
    act_on,
    certificate,
    customer,
    item,
    order_body,
    owes,
    stock,
    told,
    try_act,
)
from shared.contracts.masterdata.events import Credential
from shared.contracts.sales.events import SalesApprovalChanged
from tests.support.services import ServiceUnderTest

YESTERDAY = date.today() - timedelta(days=2)  # noqa: DTZ011 - before today in any zone
BEGIN = date(2020, 1, 1)


async def test_a_draft_is_priced_in_the_customers_currency_at_the_days_rate(
    make_order: Make,
) -> None:
    order = await make_order(customer_id=str(EXPORT))
    assert (order["currency"], order["rate"]) == ("USD", "7.08")
    assert (order["net"], order["tax"], order["gross"]) == ("5000", "650", "5650")
    assert order["gross_base"] == "40002"
    assert order["allowed_actions"] == ["change", "submit", "cancel"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"customer_id": str(UUID(int=9))}, "customer-not-known"),
        ({"currency": "XXX"}, "rate-missing"),
        ({"lines": []}, "invalid-request"),
        ({"surprise": 1}, "invalid-request"),
    ],
)
async def test_what_cannot_be_placed_says_why(
    seller: httpx.AsyncClient, masters: None, changes: dict[str, Any], problem: str
) -> None:
    refused = await seller.post("/orders", json=order_body(**changes))
    assert refused.json()["type"] == f"/problems/{problem}"
    assert (await seller.get("/orders")).json()["total"] == 0


@pytest.mark.usefixtures("masters")
async def test_items_must_be_known_active_and_whole(seller: httpx.AsyncClient, hear: Hear) -> None:
    line = {"item_id": str(VENT), "quantity": "1", "price": "1", "due_on": "2030-01-01"}
    for change, problem in (
        ({"item_id": str(UUID(int=99))}, "item-not-known"),
        ({"quantity": "1.5"}, "quantity-too-fine"),
        ({"quantity": "0"}, "invalid-request"),
        ({"price": 1.005}, None),
    ):
        answer = await seller.post("/orders", json=order_body(lines=[line | change]))
        assert answer.json().get("type") == (problem and f"/problems/{problem}"), answer.text
    await hear(item(VENT, "VENT", version=2, active=False))
    refused = await seller.post("/orders", json=order_body())
    assert refused.json()["type"] == "/problems/item-not-for-sale"


async def test_a_key_places_one_order(seller: httpx.AsyncClient, masters: None) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await seller.post("/orders", json=order_body(), headers=headers)
    again = await seller.post("/orders", json=order_body(), headers=headers)
    assert first.json() == again.json()
    assert (await seller.get("/orders")).json()["total"] == 1


@pytest.mark.req("REQ-68")
async def test_submission_needs_a_valid_licence(
    make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order()
    old = Credential(kind="medical_institution", number="L1", valid_from=BEGIN, valid_to=YESTERDAY)
    await hear(customer(version=2, licences=(old,)))
    refused = await try_act(seller, order["id"], "submit")
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/licence-missing"
    assert refused.json()["items"] == ["VENT"]


@pytest.mark.req("REQ-05", "REQ-69")
async def test_submission_needs_a_certificate_but_not_for_export(
    make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    home, abroad = await make_order(), await make_order(customer_id=str(EXPORT))
    await hear(certificate(VENT, version=2, valid_to=YESTERDAY))
    refused = await try_act(seller, home["id"], "submit")
    assert refused.json()["type"] == "/problems/certificate-missing"
    assert (await act_on(seller, abroad["id"], "submit"))["state"] == "pending_review"


@pytest.mark.req("REQ-70")
async def test_credit_counts_what_is_owed_promised_and_asked(
    make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(owes(60_000), owes(1, version=0))
    await make_order("pending_review", quantity=20)  # 22,600 promised
    order = await make_order(quantity=20)
    refused = (await try_act(seller, order["id"], "submit")).json()
    assert refused["type"] == "/problems/credit-exceeded"
    figures = ("limit", "receivable", "open_orders", "this_order", "over")
    assert [refused[name] for name in figures] == ["100000", "60000", "22600", "22600", "5200"]


@pytest.mark.req("REQ-70")
async def test_two_orders_at_once_cannot_both_take_the_last_credit(
    make_order: Make, seller: httpx.AsyncClient
) -> None:
    orders = [await make_order(quantity=60) for _ in range(2)]
    answers = await asyncio.gather(*(try_act(seller, one["id"], "submit") for one in orders))
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_a_patch_needs_the_version_and_replaces_the_lines(
    make_order: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order()
    path = f"/orders/{order['id']}"
    wish = {"lines": order_body(quantity=2)["lines"]}
    assert (await seller.patch(path, json=wish)).json()["type"] == "/problems/version-missing"
    changed = await seller.patch(path, json=wish, headers={"If-Match": '"1"'})
    assert (changed.json()["gross"], changed.json()["version"]) == ("2260", 2)
    assert len(changed.json()["lines"]) == 1
    stale = await seller.patch(path, json=wish, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_a_change_voids_the_approval_that_was_asked_for(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("pending_review")
    changed = await seller.patch(
        f"/orders/{order['id']}",
        json={"customer_reference": "PO 7"},
        headers={"If-Match": str(order["version"])},
    )
    assert changed.json()["state"] == "draft"
    assert [one["state"] for one in changed.json()["approvals"]] == ["voided"]
    states = [body["state"] for body in await told(sales, SalesApprovalChanged.subject)]
    assert states == ["pending", "voided"]
    again = await act_on(seller, order["id"], "submit")
    assert [one["state"] for one in again["approvals"]] == ["voided", "pending"]


@pytest.mark.req("REQ-73")
async def test_availability_shares_one_items_stock_over_the_lines(
    make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    lines = [order_body(quantity=quantity)["lines"][0] for quantity in (3, 4)]
    order = await make_order(lines=lines)
    await hear(stock(VENT, usable=9, reserved=4))
    answer = (await seller.get(f"/orders/{order['id']}/availability")).json()
    assert [(one["available"], one["missing"]) for one in answer["lines"]] == [
        ("3", "0"),
        ("2", "2"),
    ]
    assert not answer["complete"]


async def test_lists_filter_count_and_keep_to_the_company(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient
) -> None:
    order, _ = await make_order(), await make_order("pending_review")
    page = (await seller.get("/orders", params={"state": "draft", "q": order["number"]})).json()
    assert [one["id"] for one in page["items"]] == [order["id"]]
    assert (await seller.get("/orders", params={"colour": "red"})).status_code == 422
    stranger = sales.as_user("sales.order.read", company_id=UUID(int=7))
    assert (await stranger.get("/orders")).json()["total"] == 0
    assert (await stranger.get(f"/orders/{order['id']}")).status_code == 404


async def test_submission_and_approval_keep_their_statement_budget(
    sales: ServiceUnderTest,
    make_order: Make,
    seller: httpx.AsyncClient,
    approver: httpx.AsyncClient,
) -> None:
    order = await make_order()
    with sales.counted() as statements:
        await seller.post(f"/orders/{order['id']}/actions/submit", json={"version": 1})
    assert len(statements) <= 20, "\n".join(statements)
    with sales.counted() as statements:
        await approver.post(f"/orders/{order['id']}/actions/approve", json={"version": 2})
    assert len(statements) <= 25, "\n".join(statements)


async def test_a_copy_is_replaced_only_by_a_newer_version(
    make_order: Make, hear: Hear, seller: httpx.AsyncClient
) -> None:
    order = await make_order()
    await hear(customer(version=3, credit_limit=Decimal(1)), customer(version=2))
    refused = await try_act(seller, order["id"], "submit")
    assert refused.json()["limit"] == "1"
    assert order["customer_id"] == str(HOSPITAL)
