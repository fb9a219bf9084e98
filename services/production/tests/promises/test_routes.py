"""What may be promised, from what others have told to the answer, without a plan run."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.copies.tables import ItemCopy
from services.production.promises.queries import answered
from services.production.promises.rules import Holdings
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, SCREW, TUBE, VENT, item, stock
from services.production.tests.plan_runs.test_runs import Run, ask, run
from shared.clock import Clock
from shared.contracts.inventory.events import PartQuality, PartQualityChanged, StockReceived
from shared.contracts.procurement.events import OrderIssued, OrderLine
from shared.contracts.production.promises import AskPromises, PromiseWish
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

__all__ = ["run"]
pytestmark = [pytest.mark.req("E5"), pytest.mark.usefixtures("masters")]
PATH = "/planning/promises"
Shown = dict[str, Any]


def ahead(days: int) -> date:
    return Clock().today() + timedelta(days=days)


def ordered(item_id: UUID, quantity: str, days: int) -> OrderIssued:
    line = OrderLine(
        line_id=new_id(), item_id=item_id, quantity=Decimal(quantity), due_on=ahead(days)
    )
    return OrderIssued(
        order_id=new_id(), number="PO-1", supplier_id=new_id(), issued_on=ahead(0), lines=(line,)
    )


async def one(client: httpx.AsyncClient, item_id: UUID, quantity: str, **given: Any) -> Shown:
    answer = await client.get(PATH, params={"item_id": str(item_id), "quantity": quantity, **given})
    assert answer.status_code == 200, answer.text
    shown: Shown = answer.json()
    return shown


def series(shown: Shown) -> list[tuple[str, str]]:
    return [(one["day"], one["available"]) for one in shown["series"]]


def line(item_id: UUID, quantity: str, days: int = 0, life: int = 0) -> Shown:
    day = ahead(days).isoformat()
    return {
        "item_id": str(item_id), "quantity": quantity, "day": day, "minimum_life_days": life,
    }  # fmt: skip


async def test_stock_and_receipts_less_what_is_promised_by_day(
    make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    """4 there, 1 of them reserved; 10 come on day 20; 5 are promised for day 30."""
    await hear(stock(VENT, "4", reserved="1"), ordered(VENT, "10", 20))
    await make_demand(plan=False, quantity=5)
    shown = await one(planner, VENT, "6")
    expected = [(0, "3"), (20, "8"), (385, "3")]  # what comes on day 20 lasts a year
    assert series(shown) == [(ahead(days).isoformat(), free) for days, free in expected]
    assert (shown["available"], shown["complete"]) == ("3", False)
    assert (shown["item_code"], shown["earliest_on"]) == ("VENT", ahead(20).isoformat())
    on_time = await one(planner, VENT, "6", day=ahead(25))
    assert (on_time["complete"], on_time["earliest_on"]) == (True, ahead(25).isoformat())
    never = await one(planner, VENT, "9", day=ahead(25))
    assert (never["available"], never["complete"], never["earliest_on"]) == ("8", False, None)
    past = await one(planner, VENT, "1", day=ahead(-9))
    assert past["day"] == ahead(0).isoformat()


async def test_the_answer_is_that_of_a_plan_run_that_plans_nothing(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(stock(SCREW, "40"), ordered(SCREW, "100", 10), stock(VENT, "9"))
    await make_demand(plan=False, quantity=5)
    done = await run()
    for item_id in (VENT, SCREW):
        table = (await ask(planner, done, f"items/{item_id}"))["available_to_promise"]
        for days in (0, 9, 10, 29, 30, 60):
            shown = await one(planner, item_id, "1", day=ahead(days))
            assert shown["available"] == table[days], (item_id, days)


async def test_released_orders_are_supply_and_take_their_components(
    make_order: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(stock(TUBE, "20"))
    await make_order(quantity=5)
    made = await one(planner, ASSY, "1")
    assert made["earliest_on"] is None, "the ten that are made are for the five"
    demanded = await one(planner, VENT, "1")
    assert demanded["earliest_on"] is None, "the five that are made are promised"
    tube = await one(planner, TUBE, "20")
    assert 0 < Decimal(tube["available"]) < 20, "the order's components are promised"


async def test_lots_count_while_enough_of_their_life_is_left(
    hear: Hear, planner: httpx.AsyncClient
) -> None:
    def lot(
        days: int, quantity: str, quality: PartQuality
    ) -> tuple[StockReceived, PartQualityChanged]:
        part, told = new_id(), Decimal(quantity)
        return StockReceived(
            part_id=part, lot_id=part, lot_number=f"L{days}", item_id=TUBE, quantity=told,
            quality="to_inspect", usable_until=ahead(days), source="arrival",
            document_id=new_id(), document_number="A1", received_on=ahead(0),
        ), PartQualityChanged(
            part_id=part, lot_number=f"L{days}", item_id=TUBE, quantity=told, quality=quality
        )  # fmt: skip

    lots: tuple[tuple[int, str, PartQuality], ...] = (
        (3, "9", "released"),
        (90, "5", "released"),
        (99, "7", "rejected"),
    )
    for days, quantity, quality in lots:
        received, changed = lot(days, quantity, quality)
        await hear(received, sequence=1)
        await hear(changed, sequence=2)
    await hear(stock(TUBE, "14"))
    shown = await one(planner, TUBE, "14")
    assert shown["complete"]
    changes = [(0, "14"), (4, "5"), (91, "0")]
    assert series(shown) == [(ahead(days).isoformat(), free) for days, free in changes]
    long = await one(planner, TUBE, "1", minimum_life_days=60)
    assert series(long) == [(ahead(0).isoformat(), "5"), (ahead(31).isoformat(), "0")]
    policy = {"version": 0, "minimum_life_days": 4}
    assert (await planner.put(f"/planning/policies/{TUBE}", json=policy)).status_code == 200
    assert (await one(planner, TUBE, "6"))["available"] == "5"


async def test_lines_share_an_item_and_an_order_does_not_stand_in_its_own_way(
    make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(stock(VENT, "10"))
    demand = await make_demand(plan=False, quantity=6)
    lines = [line(VENT, "3"), line(SCREW, "1"), line(VENT, "3", 5)]

    async def asked(**given: Any) -> list[tuple[str, bool]]:
        answer = await planner.post(PATH, json={"lines": lines} | given)
        assert answer.status_code == 200, answer.text
        assert not any(one["series"] for one in answer.json()["lines"])
        return [(one["available"], one["complete"]) for one in answer.json()["lines"]]

    assert await asked() == [("4", True), ("0", False), ("1", False)]
    own = {"document_id": str(demand["id"])}
    assert await asked(**own) == [("10", True), ("0", False), ("7", True)]


async def test_any_number_of_lines_costs_the_same_statements(
    hear: Hear, production: ServiceUnderTest
) -> None:
    items = [UUID(int=0x9000 + number) for number in range(40)]
    await hear(*(item(id, f"X{id.int}", "purchased") for id in items))
    await hear(*(stock(id, "5") for id in items))
    clerk = production.as_user("production.promise.read")
    spent: list[int] = []
    for some in (items[:1], items):
        with production.counted() as sent:
            answer = await clerk.post(PATH, json={"lines": [line(id, "5") for id in some]})
        assert all(one["complete"] for one in answer.json()["lines"]), answer.text
        spent.append(len(sent))
    assert spent[0] == spent[1] <= 3, spent


async def test_refusals(production: ServiceUnderTest, planner: httpx.AsyncClient) -> None:
    wrong = {"item_id": str(new_id()), "quantity": "1"}
    unknown = await planner.get(PATH, params=wrong)
    assert (unknown.status_code, unknown.json()["item_ids"]) == (409, [wrong["item_id"]])
    assert unknown.json()["type"] == "/problems/item-not-known"
    for field, value in (
        ("quantity", "-1"), ("quantity", "0"), ("day", "soon"), ("minimum_life_days", -1),
    ):  # fmt: skip
        asked = {"item_id": str(VENT), "quantity": "1", field: value}
        assert (await planner.get(PATH, params=asked)).status_code == 422, field
        posted = await planner.post(PATH, json={"lines": [asked]})
        assert posted.status_code == 422, field
        assert posted.json()["errors"][0]["pointer"].endswith(f"/{field}")
    for lines in ([], [line(VENT, "1")] * 501):
        refused = await planner.post(PATH, json={"lines": lines})
        assert refused.status_code == 422, len(lines)
    longest = await planner.post(PATH, json={"lines": [line(VENT, "1")] * 500})
    assert len(longest.json()["lines"]) == 500
    farthest = await one(planner, VENT, "1", day="9999-12-31")
    assert farthest["earliest_on"] is None
    blind = production.as_user("production.plan_run.read")
    assert (await blind.get(PATH, params=wrong)).status_code == 403
    assert (await blind.post(PATH, json={"lines": [wrong]})).status_code == 403
    stranger = production.as_user("production.promise.read", company_id=new_id())
    foreign = await stranger.get(PATH, params={"item_id": str(VENT), "quantity": "1"})
    assert foreign.json()["type"] == "/problems/item-not-known"


@pytest.mark.parametrize("quantity", ["0.000001", "999999999999.999999", "1E+11", "NaN", "-1", ""])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_no_extreme_of_a_known_item_makes_it_fail(
    hear: Hear, planner: httpx.AsyncClient, quantity: str, day: str
) -> None:
    await hear(stock(TUBE, "4"), ordered(TUBE, "10", 20))
    wish = line(TUBE, quantity, life=3650) | {"day": day}
    answer = await planner.post(PATH, json={"lines": [wish, wish], "series": True})
    assert answer.status_code == (422 if quantity in ("NaN", "-1", "") else 200), answer.text


class Noticed(dict[int, int]):
    """Claims that notice which threads look at them."""

    threads: set[int]

    def get(self, day: int, default: Any = None) -> Any:
        self.threads.add(threading.get_ident())
        return super().get(day, default)


async def test_lines_are_reckoned_beside_the_requests_of_others() -> None:
    claims = Noticed({1: 2})
    claims.threads = set()
    known: dict[str, Any] = {"id": VENT, "code": "VENT", "decimals": 0}
    asked = AskPromises(lines=(PromiseWish(item_id=VENT, quantity=Decimal(3)),), series=True)
    held = {VENT: Holdings(0, 0, {(9, 0): 5}, claims)}
    [answer] = (await answered(asked, ahead(0), {VENT: ItemCopy(**known)}, held)).lines
    assert answer.available == 3
    assert claims.threads
    assert threading.get_ident() not in claims.threads
