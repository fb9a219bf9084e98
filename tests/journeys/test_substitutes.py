"""What a structure allows instead, from the file it is entered with to what was built in."""

import pytest

from tests.journeys.day_one import Json, Person
from tests.journeys.test_day_one import Company, company
from tests.journeys.test_planning import CENTRES, ROUTINGS, until_heard

__all__ = ["company"]
PARTS = (
    "code,name,name_zh,kind,stock_unit,decimals,tracking,inspect_incoming,regulated\n"
    "CUFF-1,Cuff,袖带,purchased,pcs,0,lot,true,false\n"
    "CUFF-2,Half cuff,半袖带,purchased,pcs,0,lot,true,false\n"
    "CUFF-9,Toy cuff,玩具袖带,purchased,pcs,0,lot,true,false\n"
)
BOMS = (
    "item_code,revision,line,component_code,quantity,substitutes,scrap,operation,valid_from\n"
    "BP-100,A,10,CUFF-1,2,CUFF-2 * 4,0,10,2026-01-01\n"
)
STOCK = (
    "item_code,lot_number,maker_lot,usable_until,bin_code,quantity\n"
    "CUFF-1,MAIN-1,M-1,,WH1-STORE-03,30\nCUFF-2,HALF-1,M-2,,WH1-STORE-03,60\n"
    "CUFF-9,TOY-1,M-3,,WH1-STORE-03,60\n"
)
ORDERS = "/production/orders"


@pytest.fixture(scope="module")
def planner(company: Company) -> Person:
    admin, keeper = company.admin, company["warehouse"]
    admin.load("/masterdata/imports/items", PARTS)
    admin.load("/masterdata/imports/work_centres", CENTRES)
    admin.load("/masterdata/imports/routings", ROUTINGS)
    answer = admin.upload("/masterdata/imports/boms", BOMS)
    admin.done(answer)
    for context in ("production", "inventory"):
        until_heard(admin, context, answer.headers["mailuo-position"])
    stocked = keeper.upload("/inventory/imports/opening", STOCK)
    keeper.done(stocked)
    until_heard(admin, "production", stocked.headers["mailuo-position"])
    return company["planner"]


def released(planner: Person, company: Company) -> Json:
    """Twenty monitors for a customer's order of sixty, of which forty are on the shelf."""
    order = company.order("H1", "BP-100", 60)
    company["sales"].act(order, "submit")
    company["finance_manager"].act(order, "approve")
    [demand] = planner.until(lambda: planner.get("/production/demands", state="open")["items"])
    planner.post(f"/production/demands/{demand['id']}/actions/plan", {"version": demand["version"]})
    wish = {"demand_id": demand["id"]}
    [made] = planner.post("/production/planned-orders/actions/release", wish)["orders"]
    seen = planner.get(f"{ORDERS}/{made['id']}")
    asked = {
        "context": "production",
        "meaning": seen["signature_meaning"],
        "password": planner.password,
        "items": [{"id": seen["id"], "version": seen["version"], "hash": seen["content_hash"]}],
    }
    signature = planner.post("/identity/signatures", asked)["signature"]
    wish = {"version": seen["version"], "signature": signature}
    shown: Json = planner.post(f"{ORDERS}/{seen['id']}/actions/release", wish)
    return shown


@pytest.mark.req("C2", "REQ-44")
def test_what_is_short_is_built_of_what_the_structure_allows(
    company: Company, planner: Person
) -> None:
    keeper = company["warehouse"]
    order = released(planner, company)
    [line] = order["components"]
    assert [(one["item_code"], one["quantity"]) for one in line["substitutes"]] == [("CUFF-2", "4")]
    path = f"{ORDERS}/{order['id']}"
    planner.until(lambda: planner.get(path)["material"] == "held")

    lots = {one["lot_number"]: one for one in keeper.get("/inventory/stock")["items"]}
    wish = {"line_id": line["id"], "part_id": lots["TOY-1"]["part_id"], "quantity": "4"}
    body = {"order_id": order["id"], "instead": [wish]}
    refusal = keeper.refused("substitute-not-allowed", "POST", "/inventory/issues", body)
    assert (refusal["item"], refusal["allowed"]) == ("CUFF-9", ["CUFF-1", "CUFF-2"])
    keeper.post("/inventory/issues", {"order_id": order["id"]})
    planner.until(lambda: planner.get(path)["material"] == "issued")
    shown = planner.get(path)
    [line] = shown["components"]
    assert (line["quantity"], line["issued"]) == ("40", "40")
    built = {one["lot_number"]: one for one in shown["lots"]}
    assert (built["MAIN-1"]["quantity"], built["MAIN-1"]["serves"]) == ("30", None)
    half = built["HALF-1"]
    assert (half["quantity"], half["serves"]) == ("20", "10")
    assert (half["item_code"], half["instead_of_item_code"]) == ("CUFF-2", "CUFF-1")
