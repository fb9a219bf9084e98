"""From a customer's shortage to requisitions and production orders, by the planner's own hand."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.journeys.day_one import Json, Person
from tests.journeys.test_day_one import TODAY, Company, company

__all__ = ["company"]
PARTS = (
    "code,name,name_zh,kind,stock_unit,decimals,tracking,inspect_incoming,regulated\n"
    "PCB-1,Board,主板,purchased,pcs,0,lot,true,false\nCUFF-1,Cuff,袖带,purchased,pcs,0,lot,true,false\n"
)
SOURCES = (
    "item_code,supplier_code,supplier_part_no,rank,price,currency,order_minimum,order_multiple,"
    "lead_time_days,assumed\n"
    "PCB-1,S1,B,1,80,CNY,0,0,5,false\nCUFF-1,S1,C,1,12,CNY,25,25,3,false\n"
)
CENTRES = "code,name,labour_rate,overhead_rate\nWC-1,Assembly 总装,60,30\n"
ROUTINGS = (
    "item_code,revision,operation,name,kind,work_centre_code,setup_minutes,run_minutes,valid_from\n"
    "BP-100,A,10,Assemble,assembly,WC-1,0,10,2026-01-01\n"
)
BOMS = (
    "item_code,revision,line,component_code,quantity,scrap,operation,valid_from\n"
    "BP-100,A,10,PCB-1,1,0,10,2026-01-01\nBP-100,A,20,CUFF-1,2,0,10,2026-01-01\n"
)
EXPIRING = (
    "item_code,lot_number,maker_lot,usable_until,bin_code,quantity\n"
    f"CUFF-1,OLD-3,M-3,{TODAY + timedelta(5)},WH1-STORE-03,4\n"
)
RUNS = "/production/planning/runs"


@dataclass
class Plan:
    """A finished run, and the person who looks at it."""

    run: Json
    planner: Person

    @property
    def path(self) -> str:
        return f"{RUNS}/{self.run['id']}"

    def ask(self, path: str, **query: Json) -> Json:
        return self.planner.get(f"{self.path}/{path}", **query)


@dataclass
class Desk:
    """The planner's desk: an order of 60 devices, of which 40 are in stock."""

    company: Company
    demand: Json
    items: dict[str, str]

    @property
    def planner(self) -> Person:
        return self.company["planner"]

    def plan(self, **wish: Json) -> Plan:
        run = self.planner.post(RUNS, {"days": 90} | wish)
        ended = self.planner.until(lambda: self.ended(run["id"]))
        assert ended["state"] == "done", ended
        return Plan(ended, self.planner)

    def ended(self, id: str) -> Json:
        run = self.planner.get(f"{RUNS}/{id}")
        return run if run["state"] in ("done", "failed") else None

    def planned_orders(self) -> list[Json]:
        listed: list[Json] = self.planner.get("/production/planned-orders", state="planned")[
            "items"
        ]
        return listed


@pytest.fixture(scope="module")
def desk(company: Company) -> Desk:
    admin, seller, manager = company.admin, company["sales"], company["finance_manager"]
    admin.load("/masterdata/imports/items", PARTS)
    admin.load("/masterdata/imports/sources", SOURCES)
    admin.load("/masterdata/imports/work_centres", CENTRES)
    admin.load("/masterdata/imports/routings", ROUTINGS)
    answer = admin.upload("/masterdata/imports/boms", BOMS)
    admin.done(answer)
    until_heard(admin, "production", answer.headers["mailuo-position"])
    keeper = company["warehouse"]
    stocked = keeper.upload("/inventory/imports/opening", EXPIRING)
    keeper.done(stocked)
    until_heard(admin, "production", stocked.headers["mailuo-position"])
    order = company.order("H1", "BP-100", 60)
    seller.act(order, "submit")
    manager.act(order, "approve")
    planner = company["planner"]
    [demand] = planner.until(lambda: planner.get("/production/demands")["items"])
    codes = ("BP-100", "PCB-1", "CUFF-1")
    return Desk(company, demand, {code: company.find("items", code)["id"] for code in codes})


def until_heard(admin: Person, context: str, position: str) -> None:
    """Wait until a context has heard another's events up to a position, as an answer named it."""
    source, _, number = position.rpartition(":")
    path = f"/{context}/positions"
    admin.until(lambda: admin.get(path).get(source, 0) >= int(number))


def quantities(orders: list[Json]) -> list[Decimal]:
    return [Decimal(order["quantity"]) for order in orders]


@pytest.mark.req("C2", "E6", "E7")
def test_a_shortage_is_planned_through_every_level_and_says_why(desk: Desk) -> None:
    plan = desk.plan()
    device = plan.ask(f"items/{desk.items['BP-100']}")
    assert quantities(device["orders"]) == [20], "60 ordered, 40 in stock"
    assert sum(quantities(plan.ask(f"items/{desk.items['PCB-1']}")["orders"])) == 20
    cuffs = plan.ask(f"items/{desk.items['CUFF-1']}")
    assert sum(quantities(cuffs["orders"])) == 50, "40 are needed, in packs of 25"
    expired = {day: value for day, value in enumerate(cuffs["expired"]) if value != "0"}
    assert expired == {6: "4"}, "usable through the fifth day, and nobody takes them before"
    assert [Decimal(cuffs["projected_on_hand"][day]) for day in (0, 5, 6, 89)] == [4, 4, 0, 10]
    [order] = cuffs["orders"]
    assert order["need_bucket"] - order["release_bucket"] == 3, "the supplier's lead time in days"
    pegs = plan.ask(f"pegging/{desk.items['CUFF-1']}", direction="up")["pegs"]
    served = {peg["use"]["document_id"] for peg in pegs if peg["use"]["document_id"]}
    assert served == {desk.demand["id"]}, "up to the customer's order"
    [said] = plan.ask("messages", kind="expires")["items"]
    assert (said["item_id"], said["quantity"]) == (desk.items["CUFF-1"], "4")
    again = desk.plan()
    assert again.run["plan_hash"] == plan.run["plan_hash"], "the same input, the same plan"


@pytest.mark.req("C1", "E5")
def test_a_forecast_becomes_a_master_schedule_and_what_is_free_is_promised(desk: Desk) -> None:
    device = desk.items["BP-100"]
    day = (TODAY + timedelta(60)).isoformat()
    line = {"item_id": device, "day": day, "quantity": "8"}
    planner = desk.planner
    planner.done(planner.send("PUT", "/production/planning/forecasts", {"lines": [line]}))
    policy = f"/production/planning/policies/{device}"
    fence = {"version": planner.get(policy)["version"], "planning_fence": 30}
    try:
        plan = desk.plan()
        orders = plan.ask(f"items/{device}")["orders"]
        assert sorted(quantities(orders)) == [8, 20]
        promise = plan.ask(f"promises/{device}", quantity="5")
        assert promise["ctp_on"] is not None, "five more can be made in time"
        version = planner.done(planner.send("PUT", policy, fence))["version"]
        fenced = desk.plan().ask(f"items/{device}")["orders"]
        assert [one["need_bucket"] for one in fenced] == [30, 60], "the shortage waits, as decided"
        planner.done(planner.send("PUT", policy, {"version": version}))
    finally:
        none = {"lines": [line | {"quantity": "0"}]}
        planner.done(planner.send("PUT", "/production/planning/forecasts", none))


@pytest.mark.req("C2")
def test_a_what_if_is_compared_and_never_published(desk: Desk) -> None:
    device = desk.items["BP-100"]
    real = desk.plan()
    wish = {"item_id": device, "quantity": "7", "day": (TODAY + timedelta(40)).isoformat()}
    tried = desk.plan(what_if=True, demands=[wish])
    assert sum(quantities(tried.ask(f"items/{device}")["orders"])) == 27
    shown = desk.planner.get(f"{real.path}/differences/{tried.run['id']}")
    assert device in {one["item_id"] for one in shown["items"]}
    path = f"{tried.path}/actions/publish"
    desk.planner.refused("what-if-not-published", "POST", path, {"days": 60})
    desk.company["sales"].refused("permission-missing", "POST", RUNS, {"days": 90})


@pytest.mark.req("C2")
def test_a_changed_order_moves_the_plan_at_once(desk: Desk) -> None:
    company, planner = desk.company, desk.planner
    before = desk.plan()
    order = company.order("H1", "BP-100", 8)
    company["sales"].act(order, "submit")
    company["finance_manager"].act(order, "approve")
    planner.until(lambda: len(planner.get("/production/demands")["items"]) == 2)
    moved = desk.plan(net_change=True)
    assert (moved.run["mode"], moved.run["before_id"]) == ("net_change", before.run["id"])
    shown = planner.get(f"{before.path}/differences/{moved.run['id']}")
    assert {one["item_id"] for one in shown["items"]} == set(desk.items.values())
    assert sum(quantities(moved.ask(f"items/{desk.items['BP-100']}")["orders"])) == 28
    assert moved.run["moved_items"] == 3
    assert desk.plan().run["plan_hash"] == moved.run["plan_hash"], "as planned anew"
    company["sales"].act(order, "cancel", note="客户取消")
    planner.until(lambda: desk.plan(net_change=True).run["plan_hash"] == before.run["plan_hash"])


@pytest.mark.req("B1", "C2", "E7")
def test_the_plan_is_published_and_released_once(desk: Desk) -> None:
    plan, planner, buyer = desk.plan(), desk.planner, desk.company["buyer"]
    publish = f"{plan.path}/actions/publish"
    first = planner.post(publish, {"days": 60})
    assert first["added"] == len(desk.planned_orders()) > 0
    again = planner.post(publish, {"days": 60})
    assert (again["added"], again["changed"], again["ended"]) == (0, 0, 0)
    cuffs = next(o for o in desk.planned_orders() if o["item_id"] == desk.items["CUFF-1"])
    firm = {"version": cuffs["version"], "firm": True, "note": "已与供应商确认"}
    planner.done(planner.send("PATCH", f"/production/planned-orders/{cuffs['id']}", firm))
    planner.refused("plan-run-outrun", "POST", publish, {"days": 60})
    later = desk.plan()
    assert not later.ask(f"items/{desk.items['CUFF-1']}")["orders"], "the firm order is supply"
    wish = {"ids": sorted(one["id"] for one in desk.planned_orders())}
    released = planner.post("/production/planned-orders/actions/release", wish)
    assert released["purchases"] + len(released["orders"]) == len(wish["ids"])
    twice = planner.post("/production/planned-orders/actions/release", wish)
    assert (twice["purchases"], twice["orders"]) == (0, [])
    wanted = {desk.items["PCB-1"], desk.items["CUFF-1"]}

    def asked() -> Json:
        listed = buyer.get("/procurement/requisitions")["items"]
        return wanted <= {one["item_id"] for one in listed} and listed

    assert len(buyer.until(asked)) == len(wanted)
    [order] = planner.get("/production/orders")["items"]
    assert Decimal(order["quantity"]) == 20
    planner.until(lambda: desk.plan().run["counts"]["orders"] == 0)


@pytest.mark.req("E5")
def test_a_clerk_sees_what_can_be_promised_of_an_order(desk: Desk) -> None:
    """The 40 there are held for the order of 60, for whose other 20 an order is being made."""
    company, seller, view = desk.company, desk.company["sales"], "/views/promises"
    [made] = desk.planner.get("/production/orders")["items"]
    first = seller.get(view, order_id=desk.demand["id"])
    [line] = first["lines"]
    assert (line["quantity"], line["held"], line["open"]) == ("60", "40", "20")
    assert first["missing"] == []
    assert line["promise"]["earliest_on"] == max(made["due_on"], line["due_on"])
    assert first["complete"] == (made["due_on"] <= line["due_on"])
    draft = company.order("H1", "BP-100", 5)
    second = seller.get(view, order_id=draft.rpartition("/")[2])
    [line] = second["lines"]
    assert (line["held"], line["open"], second["complete"]) == ("0", "5", False)
    assert (line["promise"]["available"], line["promise"]["earliest_on"]) == ("0", None)
    [cuffs] = seller.post(
        "/production/planning/promises",
        {"lines": [{"item_id": desk.items["CUFF-1"], "quantity": "1"}]},
    )["lines"]
    assert cuffs["item_code"] == "CUFF-1"
    seller.refused("order-unknown", "GET", f"{view}?order_id={desk.items['CUFF-1']}")
    seller.refused("invalid-request", "GET", f"{view}?order_id=none")
