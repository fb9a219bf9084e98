"""Completion, final inspection and signed release to stock."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.production.completions.rules import last_usable_day, lot_number, serial_numbers
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import MANAGER, OPERATOR, act_on, inspected, signature
from tests.support.services import ServiceUnderTest


async def try_release(
    client: httpx.AsyncClient, order: dict[str, Any], by: Any = MANAGER, **given: Any
) -> httpx.Response:
    signed = signature(by, "batch release", order)
    body = {"version": order["version"], "signature": signed, **given}
    return await client.post(f"/orders/{order['id']}/actions/release_to_stock", json=body)


async def test_completion_is_refused_while_operations_are_open(
    make_order: Make, operator: httpx.AsyncClient
) -> None:
    order = await make_order("issued")
    body = {"version": order["version"]}
    refused = await operator.post(f"/orders/{order['id']}/actions/complete", json=body)
    assert refused.json()["type"] == "/problems/operations-open"
    assert refused.json()["operations"] == [10, 20]


async def test_a_lot_of_nothing_is_refused(make_order: Make, operator: httpx.AsyncClient) -> None:
    order = await make_order("issued")
    lost = {"good": "0", "scrap": "5", "reason": "fell off the bench"}
    shown = await act_on(operator, order["id"], "report_all", **lost)
    body = {"version": shown["version"]}
    refused = await operator.post(f"/orders/{order['id']}/actions/complete", json=body)
    assert refused.json()["type"] == "/problems/nothing-made"


@pytest.mark.req("REQ-50", "REQ-43")
async def test_the_lot_is_named_by_rule_and_expires_by_computation(
    production: ServiceUnderTest, make_order: Make
) -> None:
    order = await make_order("completed")
    day = production.app.state.clock.today()
    assert order["lot_number"] == f"L-{day:%Y%m%d}-0001"
    assert order["serials"][-1] == f"VENT-{day:%y}-000005"
    assert order["usable_until"] == (day + timedelta(days=364)).isoformat()


async def test_two_completions_at_once_get_two_lot_numbers(
    make_order: Make, operator: httpx.AsyncClient
) -> None:
    orders = [await make_order("reported"), await make_order("reported")]
    answers = await asyncio.gather(
        *(
            operator.post(f"/orders/{one['id']}/actions/complete", json={"version": one["version"]})
            for one in orders
        )
    )
    assert len({answer.json()["lot_number"] for answer in answers}) == 2
    assert len({serial for answer in answers for serial in answer.json()["serials"]}) == 10


@pytest.mark.req("REQ-53")
async def test_release_waits_for_the_final_inspection(
    make_order: Make, manager: httpx.AsyncClient
) -> None:
    order = await make_order("completed")
    refused = await try_release(manager, order)
    assert refused.json()["type"] == "/problems/not-inspected"


async def test_nobody_releases_what_they_made(
    production: ServiceUnderTest, make_order: Make
) -> None:
    order = await make_order("inspected")
    rights = ("production.order.read", "production.order.release_to_stock")
    maker = production.as_user(*rights, user_id=OPERATOR)
    refused = await try_release(maker, order, OPERATOR)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/same-hands"
    seen = (await maker.get(f"/orders/{order['id']}")).json()["allowed_actions"]
    assert "release_to_stock" not in seen


async def test_a_wholly_rejected_lot_is_not_released_but_can_be_cancelled(
    make_order: Make, manager: httpx.AsyncClient, planner: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("completed")
    note = {"version": order["version"], "note": "all bad"}
    early = await planner.post(f"/orders/{order['id']}/actions/cancel", json=note)
    assert early.json()["type"] == "/problems/still-good"
    await hear(inspected(order["id"], rejected=5))
    order = (await manager.get(f"/orders/{order['id']}")).json()
    refused = await try_release(manager, order)
    assert refused.json()["type"] == "/problems/nothing-accepted"
    assert (await act_on(planner, order["id"], "cancel", note="all bad"))["state"] == "cancelled"


async def test_rejected_pieces_are_named_by_serial(
    make_order: Make, manager: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("completed")
    await hear(inspected(order["id"], accepted=3, conceded=1, rejected=1))
    order = (await manager.get(f"/orders/{order['id']}")).json()
    unnamed = await try_release(manager, order)
    assert unnamed.json()["type"] == "/problems/serials-unclear"
    strange = await try_release(manager, order, rejected_serials=["X-1"])
    assert strange.json()["type"] == "/problems/serials-unclear"
    named = await try_release(manager, order, rejected_serials=[order["serials"][2]])
    assert named.status_code == 200, named.text


async def test_a_signature_for_an_older_result_does_not_count(
    make_order: Make, manager: httpx.AsyncClient, hear: Hear
) -> None:
    before = await make_order("completed")
    await hear(inspected(before["id"], accepted=5))
    after = (await manager.get(f"/orders/{before['id']}")).json()
    signed = signature(MANAGER, "batch release", before)
    body = {"version": after["version"], "signature": signed}
    refused = await manager.post(f"/orders/{before['id']}/actions/release_to_stock", json=body)
    assert refused.json()["type"] == "/problems/content-changed"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 5000))
def test_the_day_of_making_is_the_first_day_of_life(day: date, life: int) -> None:
    last = last_usable_day(day, life)
    assert last is not None
    assert (last - day).days + 1 == life
    assert last_usable_day(day, None) is None


def test_numbers_by_rule() -> None:
    day = date(2026, 3, 1)
    assert lot_number(day, 7) == "L-20260301-0007"
    assert serial_numbers("X", day, 5, 2) == ["X-26-000004", "X-26-000005"]
    assert Decimal(len(serial_numbers("X", day, 3, 3))) == 3
