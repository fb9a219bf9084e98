"""A plan run from events to planned orders, and everything that is asked of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.plan_desk.queries import opened
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, SCREW, TUBE, VENT, stock
from shared.contracts.inventory.events import PartQualityChanged, StockReceived
from shared.contracts.masterdata.events import SourcePublished
from shared.contracts.procurement.events import OrderIssued, OrderLine
from shared.ids import new_id
from shared.settings import ServiceSettings
from tests.support.services import ServiceUnderTest

Run = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def run(planner: httpx.AsyncClient, masters: None) -> Run:
    """A plan run, waited for to its end."""

    async def run(**wish: Any) -> dict[str, Any]:
        answer = await planner.post("/planning/runs", json={"days": 90} | wish)
        assert answer.status_code == 202, answer.text
        for _ in range(1800):  # kernels may have to be compiled first
            shown: dict[str, Any] = (
                await planner.get(f"/planning/runs/{answer.json()['id']}")
            ).json()
            if shown["state"] in ("done", "failed"):
                return shown
            await asyncio.sleep(0.1)
        raise AssertionError("the run does not end")

    return run


async def ask(client: httpx.AsyncClient, run: dict[str, Any], path: str, **given: Any) -> Any:
    answer = await client.get(f"/planning/runs/{run['id']}/{path}", params=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.req("C2")
async def test_a_run_plans_every_level_says_why_and_what_to_do(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    made = await make_demand(plan=False, quantity=5)
    await hear(stock(ASSY, "4"), stock(SCREW, "7"))
    done = await run()
    assert (done["state"], done["engine"], done["notice"]) == ("done", "kernel", None), done
    assert done["counts"]["demands"] == 1
    item = await ask(planner, done, f"items/{ASSY}")
    assert [order["quantity"] for order in item["orders"]] == ["6"]  # 2 × 5 less 4 in stock
    pegs = (await ask(planner, done, f"pegging/{ASSY}"))["pegs"]
    assert {(p["supply"]["kind"], p["use"]["kind"], p["quantity"]) for p in pegs} == {
        ("stock", "order", "4"), ("order", "order", "6"),
    }  # fmt: skip
    up = (await ask(planner, done, f"pegging/{SCREW}", direction="up"))["pegs"]
    assert str(made["id"]) in {p["use"]["document_id"] for p in up if p["use"]["document_id"]}
    down = (await ask(planner, done, f"pegging/{VENT}", direction="down"))["pegs"]
    assert {UUID(p["item_id"]) for p in down} == {ASSY, SCREW, TUBE}
    messages = await ask(planner, done, "messages", kind="release_now")
    assert set(messages["counts_by_state"]) <= {"release_now"}
    again = await run()
    assert (again["input_hash"], again["plan_hash"]) == (done["input_hash"], done["plan_hash"])


@pytest.mark.req("C2", "B1")
async def test_publishing_writes_what_differs_and_keeps_keys_notes_and_firm_orders(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=5)
    first = await run()
    publish = f"/planning/runs/{first['id']}/actions/publish"
    written = (await planner.post(publish, json={"days": 60})).json()
    assert written["added"] > 0
    again = (await planner.post(publish, json={"days": 60})).json()
    assert (again["added"], again["changed"], again["ended"]) == (0, 0, 0)
    assert again["unchanged"] == written["added"]
    orders = await listed(planner)
    assy = next(one for one in orders.values() if one["item_id"] == str(ASSY))
    firm = {"version": assy["version"], "firm": True, "note": "电话确认"}
    answer = await planner.patch(f"/planned-orders/{assy['id']}", json=firm)
    assert answer.json()["firm"], answer.text
    assert (await planner.patch(f"/planned-orders/{assy['id']}", json=firm)).status_code == 412
    outrun = (await planner.post(publish, json={"days": 60})).json()
    assert (outrun["type"], outrun["orders"]) == ("/problems/plan-run-outrun", 1)
    await make_demand(plan=False, quantity=3)
    second = await run()
    wish = {"days": 60}
    answer = await planner.post(f"/planning/runs/{second['id']}/actions/publish", json=wish)
    assert answer.status_code == 200, answer.text
    after = await listed(planner)
    assert after[assy["id"]]["note"] == "电话确认"
    assert after[assy["id"]]["quantity"] == assy["quantity"]
    total = sum(Decimal(one["quantity"]) for one in after.values() if one["item_id"] == str(ASSY))
    assert total == 16  # 2 × 8, the firm 10 among them
    stale = await planner.post(publish, json=wish)
    assert stale.json()["type"] == "/problems/plan-run-stale"
    shown = await ask(planner, first, f"differences/{second['id']}")
    assert str(VENT) in {one["item_id"] for one in shown["items"]}


async def listed(planner: httpx.AsyncClient) -> dict[str, Any]:
    answer = await planner.get("/planned-orders", params={"state": "planned"})
    return {one["id"]: one for one in answer.json()["items"] if one["run_id"]}


@pytest.mark.req("B1", "E7")
async def test_a_release_goes_out_once(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    demand = await make_demand(plan=False, quantity=5)
    done = await run()
    await planner.post(f"/planning/runs/{done['id']}/actions/publish", json={"days": 60})
    orders = await listed(planner)
    wish = {"ids": sorted(orders)}
    first = (await planner.post("/planned-orders/actions/release", json=wish)).json()
    assert first["purchases"] + len(first["orders"]) == len(orders)
    again = (await planner.post("/planned-orders/actions/release", json=wish)).json()
    assert (again["purchases"], again["orders"]) == (0, [])
    publish = f"/planning/runs/{done['id']}/actions/publish"
    outrun = (await planner.post(publish, json={"days": 60})).json()
    assert (outrun["type"], outrun["orders"]) == ("/problems/plan-run-outrun", len(orders))
    assert {one["demand_id"] for one in orders.values()} == {str(demand["id"])}
    after = await run()
    assert after["counts"]["orders"] == 0, "what was released is supply"


@pytest.mark.req("C2")
async def test_a_what_if_is_looked_at_and_not_published(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    made = await make_demand(plan=False, quantity=5)
    day = (date.fromisoformat((await run())["today"]) + timedelta(days=40)).isoformat()
    wish = {"item_id": str(VENT), "quantity": "7", "day": day}
    refused = await planner.post("/planning/runs", json={"demands": [wish]})
    assert refused.json()["type"] == "/problems/what-if-changes-only"
    tried = await run(what_if=True, demands=[wish])
    item = await ask(planner, tried, f"items/{VENT}")
    assert sum(Decimal(one["quantity"]) for one in item["orders"]) == 12
    answer = await planner.post(f"/planning/runs/{tried['id']}/actions/publish", json={})
    assert answer.json()["type"] == "/problems/what-if-not-published"
    assert made["id"]


@pytest.mark.req("C2", "E6")
async def test_stock_is_netted_by_lot_and_what_expires_is_said(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    day = date.fromisoformat((await run())["today"])
    ends = day + timedelta(days=3)
    part = StockReceived(
        part_id=new_id(), lot_id=new_id(), lot_number="L1", item_id=TUBE, quantity=Decimal(9),
        quality="to_inspect", usable_until=ends, source="arrival", document_id=new_id(),
        document_number="A1", received_on=day,
    )  # fmt: skip
    changed = PartQualityChanged(
        part_id=part.part_id, lot_number="L1", item_id=TUBE, quantity=Decimal(9), quality="released"
    )
    await hear(changed, sequence=2)
    await hear(part, sequence=1)
    await hear(stock(TUBE, "9"))
    done = await run()
    item = await ask(planner, done, f"items/{TUBE}")
    assert item["expired"][4] == "9"
    messages = await ask(planner, done, "messages", item_id=str(TUBE))
    assert [(one["kind"], one["on"]) for one in messages["items"]] == [
        ("expires", (ends + timedelta(days=1)).isoformat())
    ]


@pytest.mark.req("C1", "E5")
async def test_forecasts_are_consumed_and_promises_kept(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(stock(VENT, "4"))
    day = date.fromisoformat((await run())["today"])
    due = day + timedelta(days=30)
    policy = {"version": 0, "consume_back": 10, "consume_ahead": 10}
    answer = await planner.put(f"/planning/policies/{VENT}", json=policy)
    assert answer.status_code == 200, answer.text
    lines = [
        {"item_id": str(VENT), "day": (due + timedelta(days=n)).isoformat(), "quantity": "10"}
        for n in (0, 20)
    ]
    assert (await planner.put("/planning/forecasts", json={"lines": lines})).status_code == 200
    twice = await planner.put("/planning/forecasts", json={"lines": [lines[0], lines[0]]})
    assert twice.json()["type"] == "/problems/forecast-twice"
    await make_demand(plan=False, quantity=3, days=28)
    done = await run()
    item = await ask(planner, done, f"items/{VENT}")
    assert sum(map(Decimal, item["gross"])) == 20, "3 ordered are of the first 10"
    assert (item["gross"][28], item["gross"][30], item["gross"][50]) == ("3", "7", "10")
    promise = await ask(planner, done, f"promises/{VENT}", quantity="2")
    # One of the four in stock is free; what is made for the forecast is promised to nobody yet.
    assert promise["atp_on"] == due.isoformat()
    half = await ask(planner, done, f"promises/{VENT}", quantity="1.5")
    assert half["atp_on"] == due.isoformat(), "of half a device a whole one must be there"
    at_once = await ask(planner, done, f"promises/{VENT}", quantity="1")
    assert at_once["atp_on"] == day.isoformat()
    assert promise["ctp_on"] is not None
    assert day <= date.fromisoformat(promise["ctp_on"]) <= due


@pytest.mark.req("C2")
async def test_a_firm_receipt_that_comes_late_is_to_be_expedited(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    day = date.fromisoformat((await run())["today"])
    await make_demand(plan=False, quantity=5, days=30)
    issued = OrderIssued(
        order_id=new_id(), number="PO-1", supplier_id=new_id(), issued_on=day,
        lines=(OrderLine(line_id=new_id(), item_id=SCREW, quantity=Decimal(20),
                         due_on=day + timedelta(days=80)),),
    )  # fmt: skip
    await hear(issued)
    done = await run()
    messages = await ask(planner, done, "messages", kind="expedite")
    assert [one["item_id"] for one in messages["items"]] == [str(SCREW)]
    assert messages["items"][0]["on"] == (day + timedelta(days=80)).isoformat()


@pytest.mark.req("B1", "C2")
async def test_what_is_bought_goes_by_the_terms_of_its_best_source(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=5, days=40)
    before = (await ask(planner, await run(), f"items/{SCREW}"))["orders"]

    def source(n: int, **terms: Any) -> SourcePublished:
        values = {"rank": n, "order_minimum": 0, "order_multiple": 0, "lead_time_days": n}
        return SourcePublished.model_validate({
            "id": UUID(int=0x700 + n), "version": 1, "item_id": SCREW, "supplier_id": UUID(int=n),
            "supplier_part_no": "P", **values, **terms,
        })  # fmt: skip

    await hear(source(2, lead_time_days=30), source(1, order_multiple=1000, lead_time_days=12))
    [order] = (await ask(planner, await run(), f"items/{SCREW}"))["orders"]
    assert Decimal(order["quantity"]) == 1000 > sum(Decimal(one["quantity"]) for one in before)
    assert order["need_bucket"] - order["release_bucket"] == 12
    await hear(source(1, version=2, active=False))
    after = (await ask(planner, await run(), f"items/{SCREW}"))["orders"]
    assert {one["need_bucket"] - one["release_bucket"] for one in after} == {30}


@pytest.mark.req("C1")
async def test_nothing_is_planned_or_promised_inside_the_planning_fence(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=3, days=10)
    before = await run()
    day = date.fromisoformat(before["today"])
    near = (await ask(planner, before, f"promises/{VENT}", quantity="2"))["ctp_on"]
    policy = {"version": 0, "planning_fence": 40}
    answer = await planner.put(f"/planning/policies/{VENT}", json=policy)
    assert answer.json()["planning_fence"] == 40, answer.text
    done = await run()
    item = await ask(planner, done, f"items/{VENT}")
    assert [one["need_bucket"] for one in item["orders"]] == [40]
    assert (item["projected_on_hand"][39], item["projected_on_hand"][40]) == ("-3", "0")
    promise = await ask(planner, done, f"promises/{VENT}", quantity="2")
    assert date.fromisoformat(promise["ctp_on"]) > day + timedelta(days=40)
    assert date.fromisoformat(near) < day + timedelta(days=40)
    refused = await planner.put(
        f"/planning/policies/{VENT}", json={"version": 1, "planning_fence": -1}
    )
    assert refused.status_code == 422


async def test_refusals(run: Run, planner: httpx.AsyncClient, production: ServiceUnderTest) -> None:
    missing = await planner.get(f"/planning/runs/{new_id()}")
    assert missing.json()["type"] == "/problems/plan-run-not-found"
    done = await run()
    unknown = await planner.get(f"/planning/runs/{done['id']}/items/{new_id()}")
    assert unknown.json()["type"] == "/problems/planned-item-unknown"
    reader = production.as_user("production.plan_run.read")
    assert (await reader.post("/planning/runs", json={})).status_code == 403
    other = production.as_user("production.plan_run.read", company_id=new_id())
    assert (await other.get(f"/planning/runs/{done['id']}")).status_code == 404


def test_a_plan_leaves_a_core_to_the_others(settings_for: Callable[..., ServiceSettings]) -> None:
    with opened(settings_for("production").database_url) as connection:
        [(workers,)] = connection.execute("SHOW max_parallel_workers_per_gather").fetchall()
    assert workers == "0"
