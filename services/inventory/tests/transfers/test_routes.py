from typing import Any

import pytest

from services.inventory.tests.conftest import ask, problem
from shared.ids import new_id


async def shelved(warehouse: Any, item: Any, quantity: str = "10") -> Any:
    """Released stock in the first storage bin: (part, bins)."""
    part = await warehouse.stock(item, quantity)
    [task] = (
        await warehouse.worker.get("/put-aways", params={"state": "open", "item_id": str(item.id)})
    ).json()["items"]
    await warehouse.worker.post(f"/put-aways/{task['id']}/actions/confirm", json={"version": 1})
    others = [b["id"] for b in await warehouse.bins("released")]
    others.remove(task["suggested_bin_id"])
    return part, task["suggested_bin_id"], others


def line(part: Any, origin: Any, target: Any, quantity: Any) -> Any:
    return {
        "part_id": part,
        "from_bin_id": origin,
        "to_bin_id": target,
        "quantity": quantity,
    }


@pytest.mark.req("F1", "F5", "REQ-37")
async def test_free_stock_moves_and_held_stock_only_whole(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part, origin, (target, _) = await shelved(warehouse, item)
    await warehouse.sales.put(f"/reservations/{new_id()}", json=ask(item, "4", warehouse.today))
    before = len(await warehouse.told("item_availability_changed"))

    async def move(*lines: Any) -> Any:
        return await warehouse.worker.post("/moves", json={"lines": lines})

    problem(await move(line(part, origin, target, "7")), 409, "stock-missing")
    assert (await move(line(part, origin, target, "6"))).status_code == 201
    assert (await move(line(part, origin, target, "4"))).status_code == 201
    [stands] = await warehouse.lines(item)
    assert (stands["bin_id"], stands["on_hand"], stands["reserved"]) == (target, "10", "4")
    problem(await move(line(part, origin, target, "1")), 409, "stock-missing")
    problem(await move(line(part, target, target, "1")), 422, "transfer-pointless")
    problem(await move(line(str(new_id()), target, origin, "1")), 404, "part-unknown")
    problem(await move(line(part, target, str(new_id()), "1")), 404, "bin-unknown")
    [rejected] = await warehouse.bins("rejected")
    problem(await move(line(part, target, rejected["id"], "1")), 422, "bin-unsuited")
    assert len(await warehouse.told("item_availability_changed")) == before
    await warehouse.balanced()
    page = (await warehouse.worker.get("/moves", params={"part_id": part, "size": 2})).json()
    assert [m["kind"] for m in page["items"]] == ["transfer", "transfer"]
    rest = await warehouse.worker.get(
        "/moves", params={"part_id": part, "cursor": page["next_cursor"]}
    )
    assert [m["kind"] for m in rest.json()["items"]] == ["put_away", "receipt"]


async def test_a_hundred_moves_take_as_many_statements_as_one(warehouse: Any) -> None:
    counts: list[Any] = []
    for many in (1, 12):
        item = await warehouse.make_item()
        lines: list[Any] = []
        for _ in range(many):
            part, origin, others = await shelved(warehouse, item, "2")
            lines.append(line(part, origin, others[0], "1"))
        with warehouse.service.counted() as seen:
            answer = await warehouse.worker.post("/moves", json={"lines": lines})
        assert answer.status_code == 201, answer.text
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6 + 3, counts
    await warehouse.balanced()
