"""The load of a run and of the orders there are, from events to cells, and what fills them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, CENTRE, VENT, routing
from services.production.tests.plan_runs.test_runs import Run, listed, run
from services.production.tests.schedules.test_routes import centre
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

__all__ = ["run"]
Shown = dict[str, Any]


async def loads(client: httpx.AsyncClient, of: str, path: str = "", **given: Any) -> Shown:
    answer = await client.get(f"/planning{of}/loads{path}", params=given)
    assert answer.status_code == 200, answer.text
    shown: Shown = answer.json()
    return shown


def hours(shown: Shown) -> Decimal:
    return sum(
        (Decimal(cell["load_hours"]) for one in shown["work_centres"] for cell in one["cells"]),
        Decimal(0),
    )


def horizon(done: Shown) -> Shown:
    return {"until": (date.fromisoformat(done["today"]) + timedelta(days=89)).isoformat()}


async def test_a_run_loads_its_work_centres_and_says_with_what(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    """VENT 5: twice 5 + 5 × 2.5 minutes; ASSY 10: 5 + 10 × 2.5. Together 65 minutes."""
    await hear(centre(units=2, hours_per_day=Decimal("7.5"), efficiency=Decimal("0.8")))
    await make_demand(plan=False, quantity=5)
    done = await run()
    of = f"/runs/{done['id']}"
    shown = await loads(planner, of, **horizon(done))
    assert hours(shown) == Decimal("1.08")
    assert (shown["unit"], shown["overloads"], shown["without_routing"]) == ("week", [], 0)
    [only] = shown["work_centres"]
    assert (only["code"], only["cells"][1]["capacity_hours"]) == ("ASM", "60")
    by_day = await loads(planner, of, unit="day", **horizon(done))
    assert {c["capacity_hours"] for c in by_day["work_centres"][0]["cells"]} == {"12"}
    loaded = [c for c in by_day["work_centres"][0]["cells"] if c["load_hours"] != "0"]
    assert Decimal("1.07") <= sum(Decimal(c["load_hours"]) for c in loaded) <= Decimal("1.09")
    pegs = await loads(planner, of, f"/{CENTRE}", **horizon(done))
    assert (pegs["total"], pegs["counts_by_state"]) == (3, {"order": 3})
    assert [(p["item_code"], p["operation"], p["hours"], p["order"]) for p in pegs["items"]] == [
        ("ASSY", 10, "0.5", 0), ("VENT", 10, "0.29", 0), ("VENT", 20, "0.29", 0),
    ]  # fmt: skip
    first = await loads(planner, of, f"/{CENTRE}", size=1, page=2, **horizon(done))
    assert first["items"] == pegs["items"][1:2]
    peg = pegs["items"][0]
    order = (await planner.get(f"/planning{of}/items/{ASSY}")).json()["orders"][0]
    day = date.fromisoformat(done["today"])
    assert peg["release_on"] == (day + timedelta(days=order["release_bucket"])).isoformat()
    assert peg["receipt_on"] == (day + timedelta(days=order["bucket"])).isoformat()


async def test_what_is_overloaded_is_told_most_first(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(centre(hours_per_day=Decimal("0.1")))
    await make_demand(plan=False, quantity=5)
    await make_demand(plan=False, quantity=9, days=50)
    done = await run()
    shown = await loads(planner, f"/runs/{done['id']}", unit="day", **horizon(done))
    over = [Decimal(one["over_hours"]) for one in shown["overloads"]]
    assert len(over) == shown["overload_count"] > 1
    assert over == sorted(over, reverse=True)
    assert all(Decimal(one["percent"]) > 100 for one in shown["overloads"])


async def test_released_orders_count_once_and_only_what_remains_of_them(
    run: Run, make_order: Make, hear: Hear, planner: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await hear(centre())
    order = await make_order("issued")
    done = await run()
    of = f"/runs/{done['id']}"
    assert done["counts"]["orders"] == 0, "everything is released: nothing more is planned"
    until = horizon(done)
    assert hours(await loads(planner, of, **until)) == Decimal("1.08")
    assert hours(await loads(planner, "", **until)) == Decimal("1.08")
    body = {"good": "5", "scrap": "0", "minutes": "20"}
    answer = await operator.post(f"/orders/{order['id']}/operations/10/reports", json=body)
    assert answer.status_code == 201, answer.text
    for source in (of, ""):
        pegs = await loads(planner, source, f"/{CENTRE}", **until)
        assert pegs["counts_by_state"] == {"production_order": 2}
        assert {(p["item_code"], p["operation"], p["hours"]) for p in pegs["items"]} == {
            ("ASSY", 10, "0.5"), ("VENT", 20, "0.29"),
        }  # fmt: skip
        assert {p["document_id"] for p in pegs["items"] if p["item_code"] == "VENT"} == {
            order["id"]
        }


async def test_what_a_run_planned_counts_once_though_it_is_firmed_or_released_since(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(centre())
    await make_demand(plan=False, quantity=5)
    done = await run()
    await planner.post(f"/planning/runs/{done['id']}/actions/publish", json={"days": 80})
    orders = await listed(planner)
    assert hours(await loads(planner, "", **horizon(done))) == 0, "none is firm yet"
    made = [one for one in orders.values() if one["kind"] == "make"]
    for one in made:
        body = {"version": one["version"], "firm": True}
        assert (await planner.patch(f"/planned-orders/{one['id']}", json=body)).status_code == 200
    firm = await loads(planner, "", f"/{CENTRE}", **horizon(done))
    assert firm["counts_by_state"] == {"planned_order": 3}
    second = await run()
    of_second = f"/runs/{second['id']}"
    pegs = await loads(planner, of_second, f"/{CENTRE}", **horizon(second))
    assert pegs["counts_by_state"] == {"planned_order": 3}, "firm orders are supply to it"
    wish = {"ids": [one["id"] for one in made]}
    released = await planner.post("/planned-orders/actions/release", json=wish)
    assert len(released.json()["orders"]) == len(made), released.text
    for of in ("", f"/runs/{done['id']}", of_second):
        assert hours(await loads(planner, of, **horizon(done))) == Decimal("1.08"), of


async def test_the_routing_of_the_day_of_release_loads(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await hear(centre())
    await make_demand(plan=False, quantity=5)
    done = await run()
    day = date.fromisoformat(done["today"])
    later = routing(VENT, "One", "Two", "Three", revision="B", valid_from=day + timedelta(days=20))
    await hear(later)
    pegs = await loads(planner, f"/runs/{done['id']}", f"/{CENTRE}", **horizon(done))
    numbers = [one["operation"] for one in pegs["items"] if one["item_code"] == "VENT"]
    assert sorted(numbers) == [10, 20, 30]


async def test_refusals(
    run: Run, planner: httpx.AsyncClient, production: ServiceUnderTest, hear: Hear
) -> None:
    await hear(centre())
    done = await run()
    of = f"/planning/runs/{done['id']}/loads"
    day = date.fromisoformat(done["today"])
    for path in (of, f"{of}/{CENTRE}", "/planning/loads", f"/planning/loads/{CENTRE}"):
        blind = production.as_user("production.plan_run.read")
        assert (await blind.get(path)).status_code == 403
        wrong = await planner.get(path, params={"from": (day - timedelta(days=1)).isoformat()})
        assert wrong.json()["type"] == "/problems/load-days-wrong"
        assert wrong.json()["earliest"] == done["today"]
    for path in (f"{of}/{new_id()}", f"/planning/loads/{new_id()}"):
        assert (await planner.get(path)).json()["type"] == "/problems/work-centre-unknown"
    missing = await planner.get(f"/planning/runs/{new_id()}/loads")
    assert missing.json()["type"] == "/problems/plan-run-not-found"
    stranger = production.as_user("production.load.read", company_id=new_id())
    assert (await stranger.get(of)).status_code == 404
    odd = await planner.get(of, params={"unit": "fortnight"})
    assert odd.status_code == 422
    assert (await planner.get("/planning/loads")).json()["work_centres"][0]["code"] == "ASM"
    assert (await stranger.get("/planning/loads")).json()["work_centres"] == []
