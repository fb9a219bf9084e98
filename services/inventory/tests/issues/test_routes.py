import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.inventory.issue_returns.commands import open_task
from services.inventory.tests.conftest import ask, problem
from shared.contracts.production.events import ProductionCancelled
from shared.ids import new_id


async def held(warehouse: Any, item: Any, quantity: Any) -> Any:
    """A production order that holds stock."""
    id, body = new_id(), ask(item, quantity, warehouse.today)
    answer = await warehouse.production.put(f"/reservations/{id}", json=body)
    assert answer.json()["state"] == "held", answer.text
    return id


@pytest.mark.req("REQ-44", "F5")
async def test_what_is_held_is_issued_once(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "10")
    order = await held(warehouse, item, "4")
    tasks = (await warehouse.worker.get("/tasks")).json()
    assert "issue" in {task["kind"] for task in tasks}
    answers = await asyncio.gather(
        *(warehouse.worker.post("/issues", json={"order_id": str(order)}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    issue = next(answer.json() for answer in answers if answer.status_code == 201)
    assert issue["number"].startswith("MI-")
    assert [(x["part_id"], x["quantity"]) for x in issue["lines"]] == [(part, "4")]
    [told] = await warehouse.told("stock_issued")
    assert [(p["part_id"], p["quantity"]) for p in told["picks"]] == [(part, "4")]
    figures = await warehouse.figures(item)
    assert (figures["on_hand"], figures["reserved"]) == (6, 0)
    problem(await warehouse.production.delete(f"/reservations/{order}"), 409, "reservation-taken")
    await warehouse.balanced()
    assert (await warehouse.worker.get(f"/issues/{issue['id']}")).json() == issue
    assert (await warehouse.worker.get("/issues")).json()["items"] == [issue]
    problem(await warehouse.worker.get(f"/issues/{new_id()}"), 404, "issue-unknown")


async def test_an_issue_is_refused_without_a_whole_reservation(warehouse: Any) -> None:
    item = await warehouse.make_item()
    problem(
        await warehouse.worker.post("/issues", json={"order_id": str(new_id())}),
        404,
        "nothing-reserved",
    )
    id = new_id()
    await warehouse.production.put(f"/reservations/{id}", json=ask(item, "4", warehouse.today))
    problem(
        await warehouse.worker.post("/issues", json={"order_id": str(id)}),
        409,
        "reservation-waiting",
    )


@pytest.mark.req("REQ-44", "REQ-31")
async def test_a_lot_that_expired_since_is_not_issued(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "10", days=1)
    order = await held(warehouse, item, "4")
    clock = warehouse.service.app.state.clock
    warehouse.service.app.state.clock = replace(clock, offset=clock.offset + timedelta(3))
    answer = await warehouse.worker.post("/issues", json={"order_id": str(order)})
    assert problem(answer, 409, "part-not-usable")["because"] == "expired"
    warehouse.service.app.state.clock = clock
    await warehouse.balanced()


async def test_several_orders_in_constant_statements(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "50")
    counts: list[Any] = []
    for many in (1, 4):
        orders = [str(await held(warehouse, item, "2")) for _ in range(many)]
        with warehouse.service.counted() as seen:
            answer = await warehouse.worker.post(
                "/issues/actions/issue", json={"order_ids": orders}
            )
        assert [x["order_id"] for x in answer.json()["items"]] == orders
        counts.append(len(seen))
    assert counts[0] == counts[1], counts
    assert (await warehouse.figures(item))["on_hand"] == 40
    await warehouse.balanced()


async def test_unused_material_comes_back_to_its_part_and_serves_who_waits(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "10")
    order = await held(warehouse, item, "10")
    waiting = new_id()
    body = ask(item, "3", warehouse.today)
    await warehouse.production.put(f"/reservations/{waiting}", json=body)
    issue = (await warehouse.worker.post("/issues", json={"order_id": str(order)})).json()
    line = {"line_id": issue["lines"][0]["line_id"], "part_id": part, "quantity": "4"}
    back = {"order_id": str(order), "lines": [line]}
    answer = await warehouse.worker.post("/issue-returns", json=back)
    assert answer.status_code == 201, answer.text
    assert str(waiting) in [e["saga_id"] for e in await warehouse.told("stock_reserved")]
    too_much = await warehouse.worker.post(
        "/issue-returns", json={"order_id": str(order), "lines": [line | {"quantity": "7"}]}
    )
    assert problem(too_much, 422, "return-too-much")["excess"] == "1"
    rest = await warehouse.worker.post("/issue-returns", json={"order_id": str(order)})
    assert rest.status_code == 201
    again = await warehouse.worker.post("/issue-returns", json={"order_id": str(order)})
    problem(again, 409, "nothing-to-return")
    assert [p["quantity"] for e in await warehouse.told("issue_returned") for p in e["picks"]] == [
        "4",
        "6",
    ]
    [stands] = await warehouse.lines(item)
    assert (stands["part_id"], stands["on_hand"], stands["reserved"]) == (part, "10", "3")
    await warehouse.balanced()


async def test_a_cancelled_order_asks_for_its_material(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "10")
    order = await held(warehouse, item, "4")
    cancelled = ProductionCancelled(
        order_id=order, number="MO-1", item_id=new_id(), demand_id=None, issued=True
    )
    await warehouse.worker.post("/issues", json={"order_id": str(order)})
    for _ in range(2):
        async with warehouse.service.session("service:inventory") as session:
            await open_task(session, cancelled)
    tasks = (await warehouse.worker.get("/tasks")).json()
    assert [t["number"] for t in tasks if t["kind"] == "issue_return"] == ["MO-1"]
    await warehouse.worker.post("/issue-returns", json={"order_id": str(order)})
    tasks = (await warehouse.worker.get("/tasks")).json()
    assert [t for t in tasks if t["kind"] == "issue_return"] == []
    problem(
        await warehouse.worker.post("/issue-returns", json={"order_id": str(new_id())}),
        404,
        "not-issued",
    )
