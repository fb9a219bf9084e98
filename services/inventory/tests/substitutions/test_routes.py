"""A line that is short is served by what its structure allows; the warehouse may choose it too."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.blocks.commands import expire_parts
from services.inventory.tests.conftest import ask, problem
from shared.ids import new_id

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def waiting(connection: AsyncConnection) -> int:
    """How many wait for a lock in the cluster."""
    return int((await connection.execute(WAITING)).scalar_one())


def instead(item: Any, quantity: str = "2", instead_of: str = "1") -> dict[str, str]:
    return {"item_id": str(item.id), "quantity": quantity, "instead_of": instead_of}


async def reserve(warehouse: Any, item: Any, quantity: str, *by: Any) -> tuple[str, str, Any]:
    """(order, line, answer) of a production order for one item."""
    id, body = new_id(), ask(item, quantity, warehouse.today, substitutes=list(by))
    answer = await warehouse.production.put(f"/reservations/{id}", json=body)
    assert answer.status_code == 200, answer.text
    again = await warehouse.production.put(f"/reservations/{id}", json=body)
    assert again.json() == answer.json()
    return str(id), body["lines"][0]["line_id"], answer.json()


async def issue(warehouse: Any, order: str, *chosen: tuple[str, UUID, str]) -> Any:
    wish = [{"line_id": one, "part_id": str(part), "quantity": n} for one, part, n in chosen]
    return await warehouse.worker.post("/issues", json={"order_id": order, "instead": wish})


def picks(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status_code == 201, answer.text
    lines = sorted(answer.json()["lines"], key=lambda one: (one["serves"] or "", one["quantity"]))
    return [(x["part_id"], x["quantity"], x["serves"]) for x in lines]


@pytest.mark.req("C2", "F5", "REQ-44")
async def test_a_substitute_serves_what_is_short_and_the_record_says_for_how_much(
    warehouse: Any,
) -> None:
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    part, other = await warehouse.stock(main, "3"), await warehouse.stock(sub, "9")
    order, line, answer = await reserve(warehouse, main, "5", instead(sub))
    assert (answer["state"], answer["lines"][0]["held"]) == ("held", "5")
    assert (await warehouse.figures(sub))["reserved"] == 4
    assert picks(await issue(warehouse, order)) == [(part, "3", None), (other, "4", "2")]
    [told] = await warehouse.told("stock_issued")
    assert {(p["line_id"], p["item_id"], p["serves"]) for p in told["picks"]} == {
        (line, str(main.id), None),
        (line, str(sub.id), "2"),
    }
    back = {"line_id": line, "part_id": str(other), "quantity": "1"}
    answer = await warehouse.worker.post(
        "/issue-returns", json={"order_id": order, "lines": [back]}
    )
    assert answer.status_code == 201, answer.text
    [told] = await warehouse.told("issue_returned")
    assert [(p["quantity"], p["serves"]) for p in told["picks"]] == [("1", "0.5")]
    await warehouse.balanced()


async def test_a_waiting_line_is_served_by_a_substitute_that_comes_after_its_own_waiters(
    warehouse: Any,
) -> None:
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    order, _, answer = await reserve(warehouse, main, "2", instead(sub))
    own, _, _ = await reserve(warehouse, sub, "3")
    assert answer["state"] == "waiting"
    await warehouse.stock(sub, "5")
    assert [one["saga_id"] for one in await warehouse.told("stock_reserved")] == [own]
    await warehouse.stock(main, "1")
    assert [one["saga_id"] for one in await warehouse.told("stock_reserved")] == [own, order]
    freed = await warehouse.production.delete(f"/reservations/{order}")
    assert freed.status_code == 200
    assert [int((await warehouse.figures(one))["reserved"]) for one in (main, sub)] == [0, 3]
    await warehouse.balanced()


async def test_two_items_that_come_at_once_serve_a_line_once(warehouse: Any) -> None:
    """Each under its own item's lock: only the line's lock keeps them apart."""
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    order, _, _ = await reserve(warehouse, main, "4", instead(sub, "1"))
    arrivals = [await warehouse.arrive(one, "3") for one in (main, sub)]
    async with warehouse.service.engine.connect() as connection, connection.begin():
        await connection.execute(text("SELECT FROM reservation FOR UPDATE"))
        decisions = [asyncio.create_task(warehouse.decide(one, accepted="3")) for one in arrivals]
        while await waiting(connection) < len(decisions):  # noqa: ASYNC110 - PostgreSQL knows
            await asyncio.sleep(0.01)
    await asyncio.gather(*decisions)
    taken = picks(await issue(warehouse, order))
    assert sum(int(quantity) for _, quantity, _ in taken) == 4
    await warehouse.balanced()


@pytest.mark.req("C2", "REQ-31")
async def test_what_is_blocked_or_lapses_is_replaced_by_what_may_stand_in(
    warehouse: Any,
) -> None:
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    part = await warehouse.stock(main, "5")
    await warehouse.stock(sub, "5", days=5)
    order, _, _ = await reserve(warehouse, main, "5", instead(sub, "1"))

    async def held() -> list[int]:
        return [int((await warehouse.figures(one))["reserved"]) for one in (main, sub)]

    async def act(verb: str, version: int) -> int:
        body = {"version": version, "kind": "held", "reason": "because"}
        answer = await warehouse.inspector.post(f"/parts/{part}/actions/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["version"])

    assert await held() == [5, 0]
    [line] = await warehouse.lines(main)
    version = await act("block", line["version"])
    assert await held() == [0, 5]
    assert [one["saga_id"] for one in await warehouse.told("stock_reserved")] == [order] * 2
    await act("unblock", version)
    clock = warehouse.service.app.state.clock
    later = replace(clock, offset=clock.offset + timedelta(6))
    async with warehouse.service.session("service:inventory") as session:
        session.info["clock"] = later
        await expire_parts(session, later)
    assert await held() == [5, 0]
    await warehouse.balanced()


@pytest.mark.req("C2", "REQ-44")
async def test_the_warehouse_issues_an_allowed_substitute_instead(warehouse: Any) -> None:
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    part, other = await warehouse.stock(main, "5"), await warehouse.stock(sub, "9")
    order, line, _ = await reserve(warehouse, main, "5", instead(sub))
    waiting, _, _ = await reserve(warehouse, main, "2")
    taken = picks(await issue(warehouse, order, (line, other, "6")))
    assert taken == [(part, "2", None), (other, "6", "3")]
    assert [one["saga_id"] for one in await warehouse.told("stock_reserved")][-1] == waiting
    figures = [await warehouse.figures(one) for one in (main, sub)]
    assert [(int(one["on_hand"]), int(one["reserved"])) for one in figures] == [(3, 2), (3, 0)]
    told = [one for one in await warehouse.told("item_availability_changed") if one["version"] > 1]
    assert len({(one["item_id"], one["version"]) for one in told}) == len(told), "told once"
    await warehouse.balanced()


async def test_another_lot_may_be_chosen_and_makes_a_waiting_order_whole(warehouse: Any) -> None:
    main, sub = await warehouse.make_item(), await warehouse.make_item()
    early, late = (
        await warehouse.stock(main, "3", days=9),
        await warehouse.stock(main, "3", days=90),
    )
    order, line, _ = await reserve(warehouse, main, "4", instead(sub))
    assert picks(await issue(warehouse, order, (line, late, "3"))) == [
        (early, "1", None),
        (late, "3", None),
    ]
    short, line, answer = await reserve(warehouse, main, "9", instead(sub))
    assert answer["state"] == "waiting"
    problem(await issue(warehouse, short, (line, early, "1")), 409, "reservation-waiting")
    await warehouse.balanced()


@pytest.mark.req("C2", "REQ-44")
async def test_what_the_structure_does_not_allow_is_refused_with_what_it_allows(
    warehouse: Any,
) -> None:
    main, sub, wrong = [await warehouse.make_item() for _ in range(3)]
    for one in (main, sub):
        await warehouse.stock(one, "5")
    part, bad = await warehouse.stock(sub, "1"), await warehouse.stock(wrong, "5")
    order, line, _ = await reserve(warehouse, main, "5", instead(sub))
    told = problem(await issue(warehouse, order, (line, bad, "5")), 422, "substitute-not-allowed")
    assert (told["item"], told["allowed"]) == (wrong.code, [main.code, sub.code])
    told = problem(await issue(warehouse, order, (line, part, "1")), 422, "does-not-fit")
    assert Decimal(told["fitting"]) == 0
    problem(await issue(warehouse, order, (line, part, "2")), 409, "stock-missing")
    problem(await issue(warehouse, order, (str(new_id()), part, "2")), 422, "line-unknown")
    problem(await issue(warehouse, order, (line, new_id(), "2")), 404, "part-unknown")
    arrival = await warehouse.arrive(sub, "9")
    [raw] = await warehouse.lines(sub, lot=arrival.lines[0].lot_number)
    problem(await issue(warehouse, order, (line, raw["part_id"], "2")), 409, "part-not-usable")
    assert (await warehouse.figures(main))["reserved"] == 5
    await warehouse.balanced()
