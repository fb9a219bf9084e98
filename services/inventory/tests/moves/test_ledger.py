"""Whatever people do in whatever order: the ledger is the balances, and nothing goes below zero."""

import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from services.inventory.tests.conftest import ask
from shared.ids import new_id

NEVER = text(
    "SELECT count(*) FROM balance b WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand"
    " OR reserved <> (SELECT COALESCE(sum(quantity), 0) FROM reservation_pick k"
    "  WHERE k.part_id = b.part_id AND k.bin_id = b.bin_id AND k.state = 'held')"
)
HELD = text(
    "SELECT count(*) FROM reservation_line l WHERE held <> ("
    "SELECT COALESCE(sum(COALESCE(serves, quantity)), 0)"
    " FROM reservation_pick k WHERE k.reservation_id = l.reservation_id"
    " AND k.line_id = l.line_id AND k.state IN ('held', 'taken')) "
)


class Hands:
    """Does something at random; refusals are fine, disorder is not."""

    def __init__(self, warehouse: Any, items: Any, seed: Any) -> None:
        self.warehouse, self.items, self.rng = warehouse, items, random.Random(seed)
        self.orders: list[Any] = []
        self.arrivals: list[Any] = []
        self.lines: dict[Any, str] = {}

    async def arrive(self) -> None:
        item, quantity = self.rng.choice(self.items), self.rng.randint(1, 20)
        days = self.rng.choice((None, 5, 50))
        self.arrivals.append(await self.warehouse.arrive(item, str(quantity), days=days))

    async def decide(self) -> None:
        if self.arrivals:
            event = self.arrivals.pop(self.rng.randrange(len(self.arrivals)))
            left = int(event.lines[0].quantity)
            bad = self.rng.randint(0, left)
            conceded = self.rng.randint(0, left - bad)
            good = left - bad - conceded
            await self.warehouse.decide(event, str(good), str(conceded), str(bad))

    async def reserve(self) -> None:
        item, quantity = self.rng.choice(self.items), str(self.rng.randint(1, 15))
        self.orders.append(new_id())
        other = self.rng.choice([one for one in self.items if one is not item])
        ratio = {"quantity": self.rng.choice("123"), "instead_of": self.rng.choice("12")}
        by = [{"item_id": str(other.id)} | ratio] if self.rng.random() < 0.5 else []
        body = ask(item, quantity, self.warehouse.today, substitutes=by)
        self.lines[self.orders[-1]] = body["lines"][0]["line_id"]
        await self.warehouse.production.put(f"/reservations/{self.orders[-1]}", json=body)

    async def release(self) -> None:
        await self.warehouse.production.delete(f"/reservations/{self.some_order()}")

    async def issue(self) -> None:
        body = {"order_id": str(self.some_order())}
        await self.warehouse.worker.post("/issues", json=body)

    async def issue_instead(self) -> None:
        order, stock = self.some_order(), await self.warehouse.lines(self.rng.choice(self.items))
        if stock and order in self.lines:
            part, quantity = self.rng.choice(stock)["part_id"], str(self.rng.randint(1, 4))
            chosen = {"line_id": self.lines[order], "part_id": part, "quantity": quantity}
            body = {"order_id": str(order), "instead": [chosen]}
            answer = await self.warehouse.worker.post("/issues", json=body)
            assert answer.status_code < 500, answer.text

    async def give_back(self) -> None:
        body = {"order_id": str(self.some_order())}
        await self.warehouse.worker.post("/issue-returns", json=body)

    async def put_away(self) -> None:
        asked = {"state": "open", "size": 1}
        page = (await self.warehouse.worker.get("/put-aways", params=asked)).json()
        for task in page["items"]:
            place = f"/put-aways/{task['id']}/actions/confirm"
            await self.warehouse.worker.post(place, json={"version": task["version"]})

    async def move(self) -> None:
        if lines := await self.warehouse.lines(self.rng.choice(self.items)):
            line = self.rng.choice(lines)
            target = self.rng.choice(await self.warehouse.bins(line["zone_status"]))
            quantity = self.rng.randint(1, int(Decimal(line["on_hand"])))
            body = {
                "part_id": line["part_id"],
                "from_bin_id": line["bin_id"],
                "to_bin_id": target["id"],
                "quantity": str(quantity),
            }
            await self.warehouse.worker.post("/moves", json={"lines": [body]})

    async def block(self) -> None:
        if lines := await self.warehouse.lines(self.rng.choice(self.items)):
            line = self.rng.choice(lines)
            verb = "unblock" if line["blocks"] else "block"
            body = {"version": line["version"], "kind": "held", "reason": "why not"}
            place = f"/parts/{line['part_id']}/actions/{verb}"
            await self.warehouse.worker.post(place, json=body)

    def some_order(self) -> Any:
        return self.rng.choice(self.orders) if self.orders else new_id()

    async def anything(self) -> None:
        deeds = (self.arrive, self.decide, self.reserve, self.release, self.issue)
        more = (self.give_back, self.put_away, self.move, self.block, self.issue_instead)
        await self.rng.choice((*deeds, *deeds, *more))()


@pytest.mark.req("REQ-37", "F5")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_ledger_and_balances_agree_whatever_is_done(warehouse: Any, seed: Any) -> None:
    items = [await warehouse.make_item() for _ in range(2)]
    hands = Hands(warehouse, items, seed)
    for _ in range(8):
        for _ in range(8):
            await hands.anything()
        await warehouse.balanced()
        async with warehouse.service.engine.connect() as connection:
            assert (await connection.execute(NEVER)).scalar() == 0
            assert (await connection.execute(HELD)).scalar() == 0
