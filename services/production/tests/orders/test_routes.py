"""The signed release of production orders, and giving them up."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.orders.rules import LIFECYCLE, STATES
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import (
    MASTERS,
    OPERATOR,
    PLANNER,
    VENT,
    act_on,
    issue,
    signature,
)
from shared.actor import Actor
from shared.contracts.base import Event
from shared.contracts.inventory.events import IssueReturned, StockIssued
from shared.contracts.production.events import OrderReleased, ProductionCancelled
from shared.ids import new_id
from shared.lifecycle import ActionNotAllowed
from tests.support.services import COMPANY, ServiceUnderTest

YESTERDAY = date.today() - timedelta(days=2)  # noqa: DTZ011 - before today in any zone


def ended(number: int, **changes: Any) -> Event:
    """A master of the fixtures that ended the day before."""
    given = {"version": 2, "valid_to": YESTERDAY} | changes
    return MASTERS[number].model_copy(update=given)


async def release(
    planner: httpx.AsyncClient, order: dict[str, Any], token: str | None = None
) -> httpx.Response:
    signed = token or signature(PLANNER, "production release", order)
    body = {"version": order["version"], "signature": signed}
    return await planner.post(f"/orders/{order['id']}/actions/release", json=body)


async def told(production: ServiceUnderTest, subject: str) -> list[dict[str, Any]]:
    question = text("SELECT body FROM outbox WHERE subject = :subject ORDER BY position")
    async with production.session() as session:
        rows = await session.execute(question, {"subject": subject})
        return [row.body for row in rows]


@pytest.mark.req("REQ-42")
@pytest.mark.parametrize(
    ("master", "problem"),
    [
        (8, "/problems/certificate-missing"),
        (4, "/problems/bom-not-effective"),
        (6, "/problems/routing-not-effective"),
    ],
)
async def test_release_is_refused_when_a_master_does_not_hold_today(
    make_order: Make, planner: httpx.AsyncClient, hear: Hear, master: int, problem: str
) -> None:
    order = await make_order("firmed")
    await hear(ended(master))
    refused = await release(planner, order)
    assert refused.status_code == 422
    assert (refused.json()["type"], refused.json()["item"]) == (problem, "VENT")
    assert (await planner.get(f"/orders/{order['id']}")).json()["state"] == "firmed"


@pytest.mark.req("REQ-86")
async def test_release_needs_this_persons_signature_for_this_content(
    make_order: Make, planner: httpx.AsyncClient
) -> None:
    order = await make_order("firmed")
    body = {"version": order["version"]}
    bare = await planner.post(f"/orders/{order['id']}/actions/release", json=body)
    assert bare.json()["type"] == "/problems/signature-missing"
    for token in (
        signature(OPERATOR, "production release", order),
        signature(PLANNER, "batch release", order),
        signature(PLANNER, "production release", {**order, "id": str(new_id())}),
    ):
        wrong = await release(planner, order, token)
        assert wrong.json()["type"] == "/problems/signature-invalid", wrong.text
    changed = signature(PLANNER, "production release", {**order, "content_hash": "0" * 64})
    assert (await release(planner, order, changed)).json()["type"] == "/problems/content-changed"


async def test_released_once_and_frozen(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient
) -> None:
    order = await make_order("firmed")
    first = await release(planner, order)
    assert first.status_code == 200, first.text
    shown = first.json()
    assert [one["operation"] for one in shown["operations"]] == [10, 20]
    assert [one["quantity"] for one in shown["components"]] == ["10", "15"]
    stale = await release(planner, order)
    assert stale.status_code == 412
    twice = await release(planner, shown)
    assert twice.json()["type"] == "/problems/action-not-allowed"
    events = await told(production, OrderReleased.subject)
    assert len(events) == 1
    assert len(events[0]["components"]) == 2


async def test_a_new_structure_is_taken_at_release_and_the_old_rows_stay(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("firmed")
    newer = MASTERS[4].model_copy(update={"id": new_id(), "valid_from": YESTERDAY})
    await hear(ended(4), newer)
    shown = (await release(planner, order)).json()
    assert len(shown["components"]) == 2
    async with production.session() as session:
        question = text("SELECT count(*) FROM order_component WHERE order_id = :id")
        rows = (await session.execute(question, {"id": UUID(order["id"])})).scalar_one()
    assert rows == 4


async def test_one_signature_releases_a_list(make_order: Make, planner: httpx.AsyncClient) -> None:
    await make_order("firmed")
    page = (await planner.get("/orders", params={"state": "firmed"})).json()["items"]
    items = [{"id": one["id"], "version": one["version"]} for one in page]
    signed = signature(PLANNER, "production release", *page)
    twice = {"items": [items[0], items[0]], "signature": signed}
    assert (await planner.post("/orders/actions/release", json=twice)).status_code == 422
    wish = {"items": items, "signature": signed}
    answer = await planner.post("/orders/actions/release", json=wish)
    assert [one["state"] for one in answer.json()["items"]] == ["released", "released"]
    again = await planner.post("/orders/actions/release?partial=1", json=wish)
    assert [one["ok"] for one in again.json()["items"]] == [False, False]


async def test_pausing_stops_the_work_until_it_is_resumed(
    make_order: Make, planner: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    order = await make_order("issued")
    unexplained = await planner.post(
        f"/orders/{order['id']}/actions/pause", json={"version": order["version"]}
    )
    assert unexplained.json()["type"] == "/problems/note-missing"
    paused = await act_on(planner, order["id"], "pause", note="broken fixture")
    body = {"version": paused["version"], "good": "5"}
    refused = await operator.post(f"/orders/{order['id']}/actions/report_all", json=body)
    assert refused.json()["type"] == "/problems/action-not-allowed"
    assert (await act_on(planner, order["id"], "resume"))["state"] == "released"


@pytest.mark.parametrize(("until", "issued"), [("firmed", False), ("released", False)])
async def test_cancelling_before_issue_calls_nothing_back(
    production: ServiceUnderTest,
    make_order: Make,
    planner: httpx.AsyncClient,
    until: str,
    issued: bool,
) -> None:
    order = await make_order(until)
    shown = await act_on(planner, order["id"], "cancel", note="not needed")
    assert shown["state"] == "cancelled"
    assert [body["issued"] for body in await told(production, ProductionCancelled.subject)] == [
        issued
    ]


async def test_cancelling_after_issue_waits_for_the_material(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("issued")
    shown = await act_on(planner, order["id"], "cancel", note="not needed")
    assert shown["material"] == "issued"
    assert (await told(production, ProductionCancelled.subject))[0]["issued"]
    given = issue(order)
    back = IssueReturned(
        return_id=new_id(), number="IR-1", order_id=given.order_id, order_number=order["number"],
        returned_on=given.issued_on, picks=given.picks,
    )  # fmt: skip
    await hear(back, back)
    shown = (await planner.get(f"/orders/{order['id']}")).json()
    assert shown["material"] == "returned"
    assert [one["issued"] for one in shown["components"]] == ["0", "0"]
    again = await planner.post(
        f"/orders/{order['id']}/actions/cancel", json={"version": shown["version"], "note": "xx"}
    )
    assert again.json()["type"] == "/problems/action-not-allowed"


async def test_an_issue_that_overtook_the_cancelling_is_called_back(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("released")
    given: StockIssued = issue(order)
    await act_on(planner, order["id"], "cancel", note="not needed")
    await hear(given, given)
    bodies = await told(production, ProductionCancelled.subject)
    assert [body["issued"] for body in bodies] == [False, True]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", sorted(LIFECYCLE.actions))
def test_every_action_is_open_in_its_states_and_shut_in_all_others(state: str, verb: str) -> None:
    action = LIFECYCLE[verb]
    actor = Actor("user:1", "one", COMPANY, frozenset({action.permission}))
    if state in action.sources:
        assert LIFECYCLE.check(verb, state, actor, note="because") is action
    else:
        with pytest.raises(ActionNotAllowed):
            LIFECYCLE.check(verb, state, actor, note="because")


async def test_nobody_sees_another_companys_orders(
    production: ServiceUnderTest, make_order: Make
) -> None:
    order = await make_order("firmed")
    stranger = production.as_user("production.order.read", company_id=UUID(int=7))
    assert (await stranger.get(f"/orders/{order['id']}")).status_code == 404
    assert (await stranger.get("/orders")).json()["total"] == 0
    assert order["item_id"] == str(VENT)
