import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.inventory.tests.conftest import ask, problem
from shared.ids import new_id


@pytest.mark.req("F9", "REQ-33")
async def test_what_is_there_is_held_and_the_rest_waits_in_line(warehouse: Any) -> None:
    item = await warehouse.make_item()
    late = await warehouse.stock(item, "5", days=90)
    early = await warehouse.stock(item, "5", days=30)
    id, body = new_id(), ask(item, "12", warehouse.today)
    answer = await warehouse.production.put(f"/reservations/{id}", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["lines"][0]["held"]) == ("waiting", "10")
    [told] = await warehouse.told("reservation_answered")
    assert (told["complete"], told["shortages"][0]["missing"]) == (False, "2")
    assert await warehouse.told("stock_reserved") == []
    assert (await warehouse.figures(item))["reserved"] == 10

    third = await warehouse.stock(item, "5", days=60)
    [whole] = await warehouse.told("stock_reserved")
    assert whole["saga_id"] == str(id)
    picks = {pick["part_id"]: pick["quantity"] for pick in whole["picks"]}
    assert picks == {early: "5", late: "5", third: "2"}
    shown = (await warehouse.worker.get(f"/reservations/{id}")).json()
    assert (shown["state"], shown["lines"][0]["held"]) == ("held", "12")
    listed = (await warehouse.worker.get("/reservations", params={"state": "held"})).json()
    assert listed["items"] == [shown]
    await warehouse.balanced()


async def test_reserving_twice_holds_once_and_tells_once(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "10")
    url, body = f"/reservations/{new_id()}", ask(item, "6", warehouse.today)
    answers = await asyncio.gather(*(warehouse.sales.put(url, json=body) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (await warehouse.figures(item))["reserved"] == 6
    assert len(await warehouse.told("stock_reserved")) == 1
    other = await warehouse.sales.put(url, json=ask(item, "6", warehouse.today))
    problem(other, 409, "reservation-differs")


async def test_two_for_the_last_pieces_never_hold_more_than_there_is(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "10")
    answers = await asyncio.gather(
        *(
            warehouse.sales.put(f"/reservations/{new_id()}", json=ask(item, "6", warehouse.today))
            for _ in range(4)
        )
    )
    held = sorted(Decimal(answer.json()["lines"][0]["held"]) for answer in answers)
    assert sum(held) == 10
    assert held[-1] == 6
    assert (await warehouse.figures(item))["reserved"] == 10
    await warehouse.balanced()


async def test_a_release_serves_who_waits_and_stays_released(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "10")
    first, second = new_id(), new_id()
    await warehouse.sales.put(f"/reservations/{first}", json=ask(item, "8", warehouse.today))
    await warehouse.sales.put(f"/reservations/{second}", json=ask(item, "5", warehouse.today))
    for _ in range(2):
        answer = await warehouse.sales.delete(f"/reservations/{first}")
        assert (answer.status_code, answer.json()["state"]) == (200, "released")
    assert [e["saga_id"] for e in await warehouse.told("stock_reserved")] == [
        str(first),
        str(second),
    ]
    assert len(await warehouse.told("reservation_released")) == 1
    assert (await warehouse.figures(item))["reserved"] == 5
    again = await warehouse.sales.put(
        f"/reservations/{first}", json=ask(item, "8", warehouse.today)
    )
    problem(again, 409, "reservation-released")


async def test_an_undo_before_the_wish_leaves_a_tombstone(warehouse: Any) -> None:
    item, id = await warehouse.make_item(), new_id()
    assert (await warehouse.sales.delete(f"/reservations/{id}")).status_code == 200
    late = await warehouse.sales.put(f"/reservations/{id}", json=ask(item, "1", warehouse.today))
    problem(late, 409, "reservation-released")
    problem(await warehouse.worker.get(f"/reservations/{new_id()}"), 404, "reservation-unknown")


async def test_the_earlier_needed_is_served_first_whoever_asked_first(warehouse: Any) -> None:
    item = await warehouse.make_item()
    late, soon = new_id(), new_id()
    day = warehouse.today
    await warehouse.sales.put(f"/reservations/{late}", json=ask(item, "5", day + timedelta(30)))
    await warehouse.sales.put(f"/reservations/{soon}", json=ask(item, "5", day))
    await warehouse.stock(item, "5")
    assert [e["saga_id"] for e in await warehouse.told("stock_reserved")] == [str(soon)]


async def test_a_customer_who_wants_long_life_waits_for_a_younger_lot(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "5", days=30)
    body = ask(item, "5", warehouse.today, minimum_life_days=60)
    answer = await warehouse.sales.put(f"/reservations/{new_id()}", json=body)
    assert answer.json()["lines"][0]["held"] == "0"


async def test_put_away_takes_the_reservation_along(warehouse: Any) -> None:
    item, id = await warehouse.make_item(), new_id()
    await warehouse.production.put(f"/reservations/{id}", json=ask(item, "4", warehouse.today))
    await warehouse.stock(item, "5")
    [task] = (await warehouse.worker.get("/put-aways", params={"state": "open"})).json()["items"]
    answer = await warehouse.worker.post(
        f"/put-aways/{task['id']}/actions/confirm", json={"version": 1}
    )
    assert answer.status_code == 200, answer.text
    [line] = await warehouse.lines(item)
    assert (line["bin_id"], line["reserved"]) == (task["suggested_bin_id"], "4")
    issue = await warehouse.worker.post("/issues", json={"order_id": str(id)})
    assert issue.status_code == 201, issue.text
    await warehouse.balanced()


async def test_reserving_keeps_to_its_statement_budget(warehouse: Any) -> None:
    items = [await warehouse.make_item() for _ in range(5)]
    for item in items:
        await warehouse.stock(item, "10")
    counts: list[Any] = []
    for chosen in (items[:1], items):
        body = ask(chosen[0], "2", warehouse.today)
        body["lines"] = [ask(item, "2", warehouse.today)["lines"][0] for item in chosen]
        with warehouse.service.counted() as seen:
            answer = await warehouse.sales.put(f"/reservations/{new_id()}", json=body)
        assert answer.json()["state"] == "held"
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6 + 3, "\n".join(seen)
