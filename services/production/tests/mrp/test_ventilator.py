"""The real ventilator of the demo company, planned for 5, 50 and 500 over a year."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from services.production.mrp.engine.building import build
from services.production.mrp.engine.given import Dated, Given, Item, Line, Lot, LotRule
from services.production.mrp.engine.invariants import check_plan
from services.production.mrp.engine.loop import plan_by_loop

COMPANY = Path("demo/data/company")
VENTILATOR = "RW-VENT"
WEEKS = 52


def table(name: str) -> list[dict[str, str]]:
    with (COMPANY / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ventilators(many: int, **stock: Item) -> Given:
    """So many over a year, the first due in week 20; what is bought goes by its best source."""
    sources = {row["item_code"]: row for row in table("sources") if row["rank"] == "1"}

    def item(row: dict[str, str]) -> Item:
        source, code = sources.get(row["code"]), row["code"]
        if source is None:
            return Item(code, decimals=int(row["decimals"]), lead_time=1)
        rule = LotRule(
            minimum=Decimal(source["order_minimum"]), multiple=Decimal(source["order_multiple"])
        )
        weeks = -(-int(source["lead_time_days"]) // 7)
        return Item(code, decimals=int(row["decimals"]), lead_time=weeks, lot_rule=rule)

    each = many // 5
    return Given(
        buckets=WEEKS,
        items=[stock.get(row["code"], item(row)) for row in table("items")],
        lines=[
            Line(one["item_code"], one["component_code"], Decimal(one["quantity"]),
                 Decimal(one["scrap"] or 0))
            for one in table("boms")
        ],
        demands=[Dated(VENTILATOR, week, Decimal(each)) for week in (20, 28, 36, 44, 51)],
    )  # fmt: skip


@pytest.mark.req("C2")
@pytest.mark.parametrize("many", [5, 50, 500])
def test_every_part_of_the_ventilator_is_planned(many: int) -> None:
    snapshot = build(ventilators(many))
    plan = plan_by_loop(snapshot)
    check_plan(snapshot, plan)
    made = plan.of(snapshot.place(VENTILATOR))
    assert sum(order.quantity for order in made) == many
    levels = {snapshot.level[item] for item in range(len(snapshot.ids)) if plan.count[item]}
    assert len(levels) >= 4, "structures of several levels are planned through"
    assert all(order.release >= 0 for item in range(len(snapshot.ids)) for order in plan.of(item))


def test_an_adhesive_on_the_shelf_is_used_before_it_expires_or_bought_again() -> None:
    adhesive = next(
        row["component_code"] for row in table("boms") if is_spoiling(row["component_code"])
    )
    plain = build(ventilators(50))
    place = plain.place(adhesive)
    need = sum(order.quantity for order in plan_by_loop(plain).of(place))
    places = plain.decimals[place]
    held = Decimal(need).scaleb(-places)
    for until, wasted in ((WEEKS, 0), (5, need)):
        stocked = Item(adhesive, decimals=places, on_hand=held, lots=[Lot(held, until)])
        snapshot = build(ventilators(50, **{adhesive: stocked}))
        plan = plan_by_loop(snapshot)
        check_plan(snapshot, plan)
        ordered = sum(order.quantity for order in plan.of(snapshot.place(adhesive)))
        assert (ordered > 0) == (wasted > 0)


def is_spoiling(code: str) -> bool:
    return any(row["code"] == code and row["shelf_life_days"] for row in table("items"))
