"""From a plan to hours on the shop floor, through the gateway: load, schedule, release, adopt."""

from decimal import Decimal

from tests.journeys.day_one import Json
from tests.journeys.test_day_one import company
from tests.journeys.test_planning import Desk, Plan, desk

__all__ = ["company", "desk"]
SCHEDULES = "/production/planning/schedules"
SHIFT = (
    "code,name,labour_rate,overhead_rate,units,hours_per_day,efficiency\n"
    "WC-1,Assembly 总装,60,30,1,2,0.8\n"
)


def schedule(desk: Desk, **wish: Json) -> Json:
    started = desk.planner.post(SCHEDULES, {"days": 90, "time_limit_seconds": 2} | wish)

    def ended() -> Json:
        shown = desk.planner.get(f"{SCHEDULES}/{started['id']}")
        return shown if shown["state"] not in ("queued", "running") else None

    done = desk.planner.until(ended)
    assert done["state"] == "done", done
    return done


def load_hours(desk: Desk, plan: Plan | None) -> Decimal:
    """All hours of the only work centre over the run's days."""
    path = "/production/planning/loads" if plan is None else f"{plan.path}/loads"
    [centre] = desk.planner.get(path, unit="month")["work_centres"]
    assert (centre["code"], len(centre["cells"]) >= 3) == ("WC-1", True)
    return sum((Decimal(cell["load_hours"]) for cell in centre["cells"]), Decimal(0))


def test_a_plan_loads_a_work_centre_and_its_orders_are_given_hours(desk: Desk) -> None:
    """Twenty devices of ten minutes each: 3.33 hours, at a centre of 1.6 hours a day."""
    plan, planner = desk.plan(), desk.planner
    answer = desk.company.admin.upload("/masterdata/imports/work_centres", SHIFT)
    desk.company.admin.done(answer)
    position = answer.headers["mailuo-position"].rpartition(":")[2]
    desk.company.admin.heard("production", int(position))
    assert load_hours(desk, plan) == Decimal("3.33")
    day = planner.get(f"{plan.path}/loads", unit="day")
    assert day["overload_count"] == len(day["overloads"]) >= 1
    centre = day["work_centres"][0]
    assert {cell["capacity_hours"] for cell in centre["cells"]} == {"1.6"}
    [peg] = planner.get(f"{plan.path}/loads/{centre['work_centre_id']}")["items"]
    assert (peg["item_code"], peg["operation"], peg["quantity"]) == ("BP-100", 10, "20")

    planner.post(f"{plan.path}/actions/publish", {"days": 60})
    ids = [one["id"] for one in desk.planned_orders() if one["kind"] == "make"]
    [order] = planner.post("/production/planned-orders/actions/release", {"ids": ids})["orders"]
    assert load_hours(desk, None) == load_hours(desk, plan) == Decimal("3.33"), "counted once"
    done = schedule(desk)
    [bar] = planner.get(f"{SCHEDULES}/{done['id']}/operations")["items"]
    assert (bar["number"], bar["minutes"], bar["unit"]) == (order["number"], 250, 1)
    assert bar["starts_at"][:10] < bar["ends_at"][:10], "120 minutes a day: three days"
    again = schedule(desk)
    assert again["schedule_hash"] == done["schedule_hash"]
    adopted = planner.post(f"{SCHEDULES}/{done['id']}/actions/adopt")
    assert (adopted["state"], adopted["skipped"]) == ("adopted", 1), "not released yet"
    desk.company["sales"].refused("permission-missing", "POST", SCHEDULES, {})
