"""No approval, no payment; nobody approves what they proposed; nothing is paid twice."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.finance.tests.conftest import (
    CLERK,
    MANAGER_MAY,
    SUPPLIER,
    accepted,
    balances,
    priced,
)
from services.finance.tests.supplier_invoices.test_routes import bill, record
from tests.support.services import ServiceUnderTest


@pytest.fixture
async def invoice(
    clerk: httpx.AsyncClient, feed: Any, books: dict[str, Any], masters: None, day: date
) -> Any:
    await feed(priced(day), accepted(day, 100))
    return await record(clerk, bill(day, "100"))


async def propose(clerk: Any, invoice: Any, status: int = 201) -> Any:
    wish = {"supplier_id": str(SUPPLIER), "invoice_ids": [invoice["id"]]}
    answer = await clerk.post("/payments", json=wish)
    assert answer.status_code == status, answer.text
    return answer.json()


async def act(
    client: Any, payment: Any, verb: Any, version: Any, status: int = 200, **body: Any
) -> Any:
    answer = await client.post(
        f"/payments/{payment['id']}/actions/{verb}", json={"version": version} | body
    )
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.req("B11", "G3")
async def test_proposed_approved_executed(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, manager: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    assert payment["allowed_actions"] == ["cancel"]
    await act(clerk, payment, "execute", 1, 409)
    await act(clerk, payment, "approve", 1, 403)
    same = finance.as_user(*MANAGER_MAY, user_id=CLERK)
    assert (await act(same, payment, "approve", 1, 403))["type"] == "/problems/same-hands"
    await act(manager, payment, "approve", 1)
    done = await act(clerk, payment, "execute", 2)
    assert (done["state"], done["amount"]) == ("executed", "1130")
    assert await balances(clerk) == {"1002": "-1130", "1403": "1000", "222105": "130"}
    await act(clerk, payment, "execute", 3, 409)
    paid = (await clerk.get(f"/supplier-invoices/{invoice['id']}")).json()
    assert (paid["state"], paid["open_amount"]) == ("paid", "0")
    vouchers = (await clerk.get(f"/vouchers?source_id={payment['id']}")).json()
    assert vouchers["total"] == 1
    shown = (await clerk.get(f"/vouchers/{vouchers['items'][0]['id']}")).json()
    assert shown["related_ids"] == [invoice["id"]]
    assert {line["cash_flow"] for line in shown["lines"]} == {None, "CF04"}


async def test_an_invoice_is_on_one_payment_only(clerk: httpx.AsyncClient, invoice: Any) -> None:
    answers = await asyncio.gather(*(propose_any(clerk, invoice) for _ in range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


async def propose_any(clerk: Any, invoice: Any) -> Any:
    wish = {"supplier_id": str(SUPPLIER), "invoice_ids": [invoice["id"]]}
    return (await clerk.post("/payments", json=wish)).status_code


async def test_a_cancelled_payment_gives_its_invoices_free(
    clerk: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    assert (await act(clerk, payment, "cancel", 1, 422))["type"] == "/problems/note-missing"
    await act(clerk, payment, "cancel", 1, note="not now")
    assert (await propose(clerk, invoice))["state"] == "proposed"


async def test_the_same_execution_at_once_pays_once(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    await act(manager, payment, "approve", 1)
    url = f"/payments/{payment['id']}/actions/execute"
    answers = await asyncio.gather(*(clerk.post(url, json={"version": 2}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert (await balances(clerk))["1002"] == "-1130"


async def test_what_is_not_due_is_not_proposed(clerk: httpx.AsyncClient, invoice: Any) -> None:
    nothing = await clerk.post("/payments", json={"supplier_id": str(SUPPLIER)})
    assert nothing.json()["type"] == "/problems/nothing-to-pay"
    due = {"supplier_id": str(SUPPLIER), "due_by": "2099-01-01"}
    assert (await clerk.post("/payments", json=due)).json()["amount"] == "1130"
    assert (await clerk.get("/payments/proposals?due_by=2099-01-01")).json() == []


async def test_another_suppliers_invoice_is_unknown(clerk: httpx.AsyncClient, invoice: Any) -> None:
    wish = {"supplier_id": str(CLERK), "invoice_ids": [invoice["id"]]}
    refused = await clerk.post("/payments", json=wish)
    assert refused.json()["type"] == "/problems/open-item-unknown"


async def test_lists_act_on_several_payments(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, feed: Any, invoice: Any, day: date
) -> None:
    await feed(accepted(day, 50))
    other = await record(clerk, bill(day, "50", number="INV-2"))
    payments = [await propose(clerk, one) for one in (invoice, other)]
    items = [{"id": one["id"], "version": 1} for one in payments]
    answer = await manager.post("/payments/actions/approve", json={"items": items})
    assert [one["state"] for one in answer.json()["items"]] == ["approved", "approved"]
    items = [{"id": one["id"], "version": 2} for one in payments]
    answer = await clerk.post("/payments/actions/execute", json={"items": items})
    assert [one["state"] for one in answer.json()["items"]] == ["executed", "executed"]
    assert (await balances(clerk))["1002"] == "-1695"


async def proposals(clerk: Any, feed: Any, day: date, numbers: range) -> list[Any]:
    """Payments of an invoice each."""
    await feed(accepted(day, len(numbers)))
    invoices = [await record(clerk, bill(day, "1", number=f"INV-L{n}")) for n in numbers]
    return [await propose(clerk, one) for one in invoices]


async def test_a_longer_list_costs_no_more_statements(
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    feed: Any,
    invoice: Any,
    day: date,
    finance: ServiceUnderTest,
    statements: Any,
) -> None:
    counts: dict[str, list[int]] = {"approve": [], "execute": []}
    for numbers in (range(2), range(2, 22)):
        payments = await proposals(clerk, feed, day, numbers)
        for version, (verb, by) in enumerate((("approve", manager), ("execute", clerk)), 1):
            items = [{"id": one["id"], "version": version} for one in payments]
            with statements(finance.engine) as sent:
                answer = await by.post(f"/payments/actions/{verb}", json={"items": items})
            assert answer.status_code == 200, answer.text
            counts[verb].append(len(sent))
    assert all(two >= twenty for two, twenty in counts.values()), counts
    assert (await balances(clerk))["1002"] == "-248.6"


async def test_a_partial_list_says_which_payment_was_refused(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, feed: Any, invoice: Any, day: date
) -> None:
    first, second = await proposals(clerk, feed, day, range(2))
    await act(manager, first, "approve", 1)
    items = [{"id": first["id"], "version": 2}, {"id": second["id"], "version": 1}]
    whole = await clerk.post("/payments/actions/execute", json={"items": items})
    assert (whole.status_code, whole.json()["document_id"]) == (409, second["id"])
    rows = (await clerk.post("/payments/actions/execute?partial=1", json={"items": items})).json()
    assert [row["ok"] for row in rows["items"]] == [True, False]
    assert rows["items"][1]["problem"]["type"] == "/problems/action-not-allowed"
    assert (await balances(clerk))["1002"] == "-11.3"


async def test_a_list_is_withdrawn_with_one_reason(
    clerk: httpx.AsyncClient, feed: Any, invoice: Any, day: date
) -> None:
    payments = await proposals(clerk, feed, day, range(2))
    wish = {"items": [{"id": one["id"], "version": 1} for one in payments]}
    refused = await clerk.post("/payments/actions/cancel", json=wish)
    assert refused.json()["type"] == "/problems/note-missing"
    done = await clerk.post("/payments/actions/cancel", json=wish | {"note": "not now"})
    assert [one["state"] for one in done.json()["items"]] == ["cancelled", "cancelled"]
