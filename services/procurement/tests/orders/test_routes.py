from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.procurement.orders.rules import LIFECYCLE
from services.procurement.tests.conftest import BUYS, ITEM, NEAR, SOURCES, supplier
from shared.contracts.masterdata.events import SourcePublished
from tests.support.services import ServiceUnderTest

Hear = Callable[..., Awaitable[None]]


async def act(client: Any, order: Any, verb: Any, **extra: Any) -> Any:
    body = {"version": order["version"], **extra}
    return await client.post(f"/orders/{order['id']}/actions/{verb}", json=body)


async def told(procurement: Any) -> Any:
    async with procurement.session() as session:
        rows = await session.execute(text("SELECT subject FROM outbox ORDER BY position"))
        return [subject.split(".")[2] for subject in rows.scalars()]


@pytest.mark.req("B5", "REQ-88")
async def test_purchasing_then_finance_above_the_limit(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    finance: httpx.AsyncClient,
) -> None:
    order = await make_order(quantity=1000, price="10", state="submitted")
    assert (order["net"], order["tax"], order["gross"]) == ("10000", "1300", "11300")
    assert [stage["name"] for stage in order["approvals"]] == ["purchasing", "finance"]
    assert (await act(finance, order, "approve_finance")).status_code == 403
    assert (await act(buyer, order, "approve")).status_code == 403
    order = (await act(manager, order, "approve")).json()
    assert (order["state"], order["allowed_actions"]) == ("submitted", ["reject"])
    assert (await act(manager, order, "approve")).status_code == 403
    order = (await act(finance, order, "approve_finance")).json()
    assert order["state"] == "approved"


@pytest.mark.req("B5")
async def test_below_the_limit_purchasing_suffices_and_issue_tells(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    order = await make_order(quantity=10, price="2")
    assert (order["state"], order["gross"]) == ("issued", "22.6")
    assert [stage["name"] for stage in order["approvals"]] == ["purchasing"]
    assert (await told(procurement))[-2:] == ["order_issued", "order_priced"]


@pytest.mark.req("B5")
async def test_a_change_after_approval_voids_it(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], buyer: httpx.AsyncClient
) -> None:
    order = await make_order(state="approved")
    line = order["lines"][0]
    terms = {"quantity": "20", "price": "3", "due_on": "2030-01-01"}
    change = {
        "version": order["version"], "reason": "more",
        "lines": [{**terms, "line_id": line["line_id"]}],
    }  # fmt: skip
    changed = (await buyer.put(f"/orders/{order['id']}", json=change)).json()
    assert (changed["state"], changed["net"]) == ("draft", "60")
    assert (await act(buyer, changed, "issue")).json()["type"] == "/problems/action-not-allowed"
    assert changed["content_hash"] != order["content_hash"]


@pytest.mark.req("REQ-88")
async def test_who_submits_does_not_approve(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    from services.procurement.tests.conftest import BUYER

    order = await make_order(state="submitted")
    both = procurement.as_user(*BUYS, "procurement.order.approve", user_id=BUYER)
    answer = await act(both, order, "approve")
    assert answer.json()["type"] == "/problems/same-hands"


@pytest.mark.req("REQ-07", "REQ-08")
@pytest.mark.parametrize("lost", [{"locked": True}, {"qualifications": ()}, {"active": False}])
async def test_an_unqualified_supplier_stops_the_issue(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    hear: Hear,
    lost: Any,
) -> None:
    order = await make_order(state="approved")
    await hear(supplier(NEAR, version=2, **lost))
    answer = await act(buyer, order, "issue")
    assert answer.json()["type"] == "/problems/supplier-not-qualified"
    assert answer.json()["causes"][0]["zh"]
    await hear(supplier(NEAR, version=3))
    assert (await act(buyer, order, "issue")).json()["state"] == "issued"


async def test_a_source_withdrawn_after_approval_stops_the_issue(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order(state="approved")
    await hear(
        SourcePublished(
            id=SOURCES[ITEM, NEAR], version=2, active=False, item_id=ITEM, supplier_id=NEAR,
            supplier_part_no="P", rank=1, order_minimum=Decimal(0), order_multiple=Decimal(0),
            lead_time_days=1,
        )
    )  # fmt: skip
    answer = await act(buyer, order, "issue")
    assert answer.json()["type"] == "/problems/not-approved-source"


@pytest.mark.req("B4", "B5")
async def test_a_list_is_submitted_approved_and_issued_at_once(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
) -> None:
    orders = [await make_order(state="draft") for _ in range(3)]
    for client, verb, state in (
        (buyer, "submit", "submitted"),
        (manager, "approve", "approved"),
        (buyer, "issue", "issued"),
    ):  # fmt: skip
        items = [{"id": order["id"], "version": order["version"]} for order in orders]
        answer = await client.post(f"/orders/actions/{verb}", json={"items": items})
        orders = answer.json()["items"]
        assert {order["state"] for order in orders} == {state}, answer.text
    listed = (await buyer.get("/orders", params={"state": "issued"})).json()
    assert (listed["total"], listed["counts_by_state"]) == (3, {"issued": 3})


async def test_reject_withdraw_and_submit_again(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
) -> None:
    order = await make_order(state="submitted")
    assert (await act(manager, order, "reject")).json()["type"] == "/problems/note-missing"
    order = (await act(manager, order, "reject", note="too dear")).json()
    order = (await act(buyer, order, "submit")).json()
    order = (await act(buyer, order, "withdraw")).json()
    assert order["state"] == "withdrawn"
    order = (await act(buyer, order, "submit")).json()
    assert (await act(manager, order, "approve")).json()["state"] == "approved"


async def test_cancelling_gives_the_requisition_back(
    world: None, plan: Callable[..., Awaitable[None]], buyer: httpx.AsyncClient
) -> None:
    from uuid import UUID

    await plan(UUID(int=1), (ITEM, 7))
    await buyer.post("/requisitions/actions/convert", json={"all_open": True})
    order = (await buyer.get("/orders")).json()["items"][0]
    done = (await act(buyer, order, "cancel", note="wrong")).json()
    assert (done["state"], done["lines"][0]["open_quantity"]) == ("cancelled", "0")
    row = (await buyer.get("/requisitions")).json()["items"][0]
    assert (row["state"], row["open_quantity"]) == ("approved", "7")


@pytest.mark.parametrize("state", LIFECYCLE.states)
@pytest.mark.parametrize("verb", LIFECYCLE.actions)
async def test_every_action_is_allowed_exactly_where_the_lifecycle_says(
    state: str, verb: Any
) -> None:
    from shared.auth import Actor
    from shared.lifecycle import ActionNotAllowed

    action = LIFECYCLE[verb]
    actor = Actor("user:x", "x", ITEM, frozenset({action.permission}))
    if state in action.sources:
        assert LIFECYCLE.check(verb, state, actor, {}, "because") is action
    else:
        with pytest.raises(ActionNotAllowed):
            LIFECYCLE.check(verb, state, actor, {}, "because")
