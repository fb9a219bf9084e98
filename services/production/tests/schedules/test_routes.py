"""A schedule from production orders to hours on their operations, and everything refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, CENTRE, VENT, act_on
from shared.contracts.masterdata.events import WorkCentrePublished
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

Shown = dict[str, Any]
Schedule = Callable[..., Awaitable[Shown]]
AT = "/planning/schedules"


def centre(version: int = 1, **changes: Any) -> WorkCentrePublished:
    values = {"id": CENTRE, "version": version, "code": "ASM", "name": "Assembly"}
    return WorkCentrePublished.model_validate(values | changes)


async def ended(client: httpx.AsyncClient, id: str) -> Shown:
    for _ in range(600):
        shown: Shown = (await client.get(f"{AT}/{id}")).json()
        if shown["state"] not in ("queued", "running"):
            return shown
        await asyncio.sleep(0.1)
    raise AssertionError("the schedule does not end")


@pytest.fixture
def schedule(planner: httpx.AsyncClient) -> Schedule:
    """A schedule, waited for to its end."""

    async def schedule(**wish: Any) -> Shown:
        asked = {"days": 90, "time_limit_seconds": 2} | wish
        answer = await planner.post(AT, json=asked)
        assert answer.status_code == 202, answer.text
        return await ended(planner, answer.json()["id"])

    return schedule


async def pages(client: httpx.AsyncClient, done: Shown, part: str, **given: Any) -> Shown:
    answer = await client.get(f"{AT}/{done['id']}/{part}", params={"size": 200} | given)
    assert answer.status_code == 200, answer.text
    shown: Shown = answer.json()
    return shown


async def adopt(client: httpx.AsyncClient, done: Shown) -> httpx.Response:
    return await client.post(f"{AT}/{done['id']}/actions/adopt")


async def test_orders_are_placed_one_after_the_other_and_repeated_the_same(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    """VENT: 5 × 2.5 + 5 minutes twice, when its ten ASSY are there: 5 + 10 × 2.5."""
    await hear(centre(hours_per_day=8))
    order = await make_order("released")
    done = await schedule()
    assert (done["state"], done["counts"]["orders"], done["counts"]["operations"]) == (
        "done", 2, 3,
    ), done  # fmt: skip
    assert (done["objective"], done["bound"], done["ended_by"]) == (0, 0, "optimal")
    bars = (await pages(planner, done, "operations"))["items"]
    assert [(one["item_code"], one["operation"], one["minutes"]) for one in bars] == [
        ("ASSY", 10, 30), ("VENT", 10, 18), ("VENT", 20, 18),
    ]  # fmt: skip
    assert {(one["work_centre_code"], one["unit"]) for one in bars} == {("ASM", 1)}
    hours = [(datetime.fromisoformat(o["starts_at"]), datetime.fromisoformat(o["ends_at"]))
             for o in bars]  # fmt: skip
    assert [end - begin for begin, end in hours] == [timedelta(minutes=n) for n in (30, 18, 18)]
    assert hours[0][1] <= hours[1][0]
    assert hours[1][1] == hours[2][0], "a component first, then operation by operation"
    assert all(begin.hour in range(1, 9) for begin, _ in hours), "9 to 17 in Shanghai"
    mine = (await pages(planner, done, "operations", order=order["id"]))["items"]
    assert [one["number"] for one in mine] == [order["number"]] * 2
    assert (await pages(planner, done, "operations", work_centre=str(new_id())))["items"] == []
    orders = await pages(planner, done, "orders")
    assert orders["counts_by_state"] == {"in_time": 2}
    again = await schedule()
    for name in ("input_hash", "schedule_hash", "engine"):
        assert again[name] == done[name], name
    assert again["schedule_hash"]


async def test_only_what_remains_is_scheduled_and_faster_by_more_capacity(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, operator: httpx.AsyncClient,
    hear: Hear,
) -> None:  # fmt: skip
    await hear(centre(units=2, efficiency=Decimal("0.5")))
    order = await make_order("issued")
    body = {"good": "4", "scrap": "1", "minutes": "20", "reason": "scratched"}
    answer = await operator.post(f"/orders/{order['id']}/operations/10/reports", json=body)
    assert answer.status_code == 201, answer.text
    done = await schedule(orders="released")
    [bar] = (await pages(planner, done, "operations"))["items"]
    assert (bar["operation"], bar["minutes"]) == (20, 30), "(5 + 4 × 2.5) at half the speed"
    await act_on(operator, order["id"], "report_all", good="4")
    empty = await schedule(orders="released")
    assert (empty["state"], empty["counts"]["orders"], empty["objective"]) == ("done", 0, 0)


async def test_late_orders_come_first_and_a_priority_turns_them(
    schedule: Schedule, make_demand: Make, masters: None, planner: httpx.AsyncClient, hear: Hear
) -> None:
    """One hour a day: two orders due on the same day cannot both be in time."""
    await hear(centre(hours_per_day=Decimal("0.1")))
    first = (await make_demand(release=True, quantity=9, days=9))["orders"]
    second = (await make_demand(release=True, quantity=8, days=9))["orders"]
    done = await schedule(time_limit_seconds=5)
    assert done["objective"] > 0
    assert done["bound"] <= done["objective"] <= done["list_objective"]
    late = await pages(planner, done, "orders")
    assert late["counts_by_state"]["late"] == done["counts"]["late"] > 0
    assert late["items"][0]["late_minutes"] > 0

    async def end_of(orders: list[Shown], wish: Shown) -> str:
        made = await schedule(**wish)
        vent = next(one["id"] for one in orders if one["item_id"] == str(VENT))
        placed = (await pages(planner, made, "orders"))["items"]
        return next(str(one["ends_at"]) for one in placed if one["order_id"] == vent)

    for one, other in ((first, second), (second, first)):
        weights = [{"order_id": order["id"], "weight": 100} for order in one]
        wish = {"priorities": weights, "time_limit_seconds": 5}
        assert await end_of(one, wish) < await end_of(other, wish)


async def test_planned_orders_are_scheduled_when_asked_and_other_centres_are_endless(
    schedule: Schedule, make_demand: Make, masters: None, planner: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(centre())
    await make_demand(quantity=5)
    assert (await schedule())["counts"]["orders"] == 0
    done = await schedule(orders="planned")
    assert (done["counts"]["orders"], done["counts"]["operations"]) == (2, 3)
    kinds = {one["kind"] for one in (await pages(planner, done, "orders"))["items"]}
    assert kinds == {"planned_order"}
    other = UUID(int=0x32)
    await hear(centre(id=other, code="B"))
    free = await schedule(orders="planned", work_centres=[str(other)])
    assert (free["state"], free["objective"]) == ("done", 0)
    adopted = (await adopt(planner, free)).json()
    assert (adopted["orders"], adopted["skipped"]) == (0, 2)


@pytest.mark.req("C3")
async def test_adopting_writes_the_hours_once_and_leaves_the_order_as_it_is(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, hear: Hear,
    production: ServiceUnderTest,
) -> None:  # fmt: skip
    await hear(centre())
    order = await make_order("released")
    older = await schedule(orders="released")
    done = await schedule(orders="released")
    with production.counted() as statements:
        answer = await adopt(planner, done)
    assert answer.status_code == 200, answer.text
    assert len(statements) <= 9, "\n".join(statements)
    assert (answer.json()["orders"], answer.json()["operations"]) == (1, 2)
    assert (await adopt(planner, done)).json() == answer.json(), "twice is once"
    shown = (await planner.get(f"/orders/{order['id']}")).json()
    bars = (await pages(planner, done, "operations"))["items"]
    assert [(one["planned_start"], one["planned_end"]) for one in shown["operations"]] == [
        (one["starts_at"], one["ends_at"]) for one in bars
    ]
    assert (shown["version"], shown["content_hash"]) == (order["version"], order["content_hash"])
    log = (await planner.get(f"{AT}/{done['id']}")).json()
    assert (log["state"], log["adopted_by"] != "") == ("adopted", True)
    stale = (await adopt(planner, older)).json()
    assert stale["type"] == "/problems/later-schedule-adopted"


async def test_a_schedule_that_orders_have_outrun_is_not_adopted(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(centre())
    order = await make_order("released")
    done = await schedule(orders="released")
    act = {"version": order["version"], "note": "machine down"}
    paused = await planner.post(f"/orders/{order['id']}/actions/pause", json=act)
    assert paused.status_code == 200
    refused = (await adopt(planner, done)).json()
    assert refused["type"] == "/problems/schedule-outrun"
    assert refused["orders"] == [
        {
            "order_id": order["id"], "number": order["number"], "state": "paused",
            "scheduled_version": order["version"], "version": order["version"] + 1,
        }
    ]  # fmt: skip
    assert (await schedule(orders="released"))["counts"]["orders"] == 0, "paused: no place"


async def test_adopted_by_two_at_once_it_is_adopted_once(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(centre())
    await make_order("released")
    done = await schedule(orders="released")
    answers = await asyncio.gather(*(adopt(planner, done) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


async def test_refusals(
    schedule: Schedule, masters: None, planner: httpx.AsyncClient, production: ServiceUnderTest,
    hear: Hear, make_demand: Make,
) -> None:  # fmt: skip
    reader = production.as_user("production.schedule.read")
    done = await schedule()
    for path in ("", f"/{done['id']}/actions/cancel", f"/{done['id']}/actions/adopt"):
        assert (await reader.post(f"{AT}{path}", json={})).status_code == 403
    assert (await reader.get(f"{AT}/{done['id']}")).status_code == 200
    stranger = production.as_user("production.schedule.read", company_id=new_id())
    for path in ("", "/operations", "/orders"):
        missing = await stranger.get(f"{AT}/{done['id']}{path}")
        assert missing.json()["type"] == "/problems/schedule-not-found"
    for verb in ("cancel", "adopt"):
        missing = await planner.post(f"{AT}/{new_id()}/actions/{verb}")
        assert missing.json()["type"] == "/problems/schedule-not-found"
    past = (date.fromisoformat(done["from_on"]) - timedelta(days=30)).isoformat()
    early = (await planner.post(AT, json={"from_on": past})).json()
    assert early["type"] == "/problems/schedule-in-the-past"
    ghost = str(new_id())
    wish = {"work_centres": [ghost], "priorities": [{"order_id": ghost, "weight": 2}]}
    unknown = (await planner.post(AT, json=wish)).json()
    assert unknown["type"] == "/problems/schedule-parts-unknown"
    assert (unknown["work_centre_ids"], unknown["order_ids"]) == ([ghost], [ghost])
    await hear(centre(hours_per_day=Decimal("0.02")))
    await make_demand(release=True, quantity=2000, days=60)
    failed = await schedule()
    assert failed["state"] == "failed"
    assert failed["fault"]["type"] == "/problems/schedule-too-long"
    assert str(ASSY)
