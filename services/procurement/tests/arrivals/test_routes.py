import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.procurement.tests.conftest import EXPIRING
from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.contracts.inventory.events import SupplierReturnDispatched
from shared.contracts.quality.events import SourceInspected
from tests.support.services import ServiceUnderTest

Hear = Callable[..., Awaitable[None]]


def wish(order: Any, quantity: Any, **extra: Any) -> Any:
    line = {"order_line_id": order["lines"][0]["line_id"], "quantity": str(quantity), **extra}
    return {"order_id": order["id"], "lines": [line]}


def inspected(arrival: Any, accepted: Any, conceded: Any = "0", rejected: Any = "0") -> Any:
    return SourceInspected(
        saga_id=arrival["id"], stage="incoming", accepted=Decimal(accepted),
        conceded=Decimal(conceded), rejected=Decimal(rejected),
    )  # fmt: skip


async def saga(procurement: Any, id: Any) -> Any:
    async with procurement.session() as session:
        rows = await session.execute(
            text("SELECT phase, step FROM saga WHERE id = :id"), {"id": id}
        )
        return tuple(rows.one())


@pytest.mark.req("B6", "B7")
async def test_a_short_delivery_leaves_the_rest_to_come(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    procurement: ServiceUnderTest,
) -> None:
    order = await make_order(quantity=10)
    answer = await buyer.post("/arrivals", json=wish(order, 6, maker_lot="M-1"))
    assert answer.status_code == 201, answer.text
    arrival = answer.json()
    day = f"{procurement.app.state.clock.today():%Y%m%d}"
    assert arrival["lines"][0]["lot_number"] == f"A-{day}-0001"
    shown = (await buyer.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["lines"][0]["open_quantity"]) == ("partially_received", "4")
    much = await buyer.post("/arrivals", json=wish(order, 5))
    assert (much.json()["type"], much.json()["open_quantity"]) == (
        "/problems/arrived-too-much",
        "4",
    )
    assert (await buyer.post("/arrivals", json=wish(order, 4))).status_code == 201
    shown = (await buyer.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["states"]["logistics"]) == ("received", "complete")
    assert await saga(procurement, arrival["id"]) == ("waiting", 0)
    closed = await buyer.post("/arrivals", json=wish(order, 1))
    assert closed.json()["type"] == "/problems/order-not-issued"


@pytest.mark.req("B6")
async def test_shelf_life_is_asked_for_and_must_suffice(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    procurement: ServiceUnderTest,
) -> None:
    order = await make_order(quantity=10, item_id=EXPIRING)
    today = procurement.app.state.clock.today()
    missing = await buyer.post("/arrivals", json=wish(order, 1))
    assert missing.json()["type"] == "/problems/expiry-missing"
    short = str(today + timedelta(days=179))
    answer = await buyer.post("/arrivals", json=wish(order, 1, usable_until=short))
    assert (answer.json()["type"], answer.json()["days_left"]) == ("/problems/life-too-short", 179)
    enough = str(today + timedelta(days=180))
    assert (
        await buyer.post("/arrivals", json=wish(order, 1, usable_until=enough))
    ).status_code == 201


@pytest.mark.req("B6")
async def test_two_gates_never_take_in_more_than_was_ordered(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], buyer: httpx.AsyncClient
) -> None:
    order = await make_order(quantity=10)
    answers = await asyncio.gather(
        *(buyer.post("/arrivals", json=wish(order, 4)) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    shown = (await buyer.get(f"/orders/{order['id']}")).json()
    assert shown["lines"][0]["arrived"] == "8"


async def test_the_same_key_registers_once(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], buyer: httpx.AsyncClient
) -> None:
    order = await make_order(quantity=10)
    key = {"Idempotency-Key": "gate-1"}
    first = await buyer.post("/arrivals", json=wish(order, 4), headers=key)
    second = await buyer.post("/arrivals", json=wish(order, 4), headers=key)
    assert first.json() == second.json()
    assert (await buyer.get("/arrivals")).json()["total"] == 1


@pytest.mark.req("B6")
async def test_a_list_is_registered_all_or_none(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], buyer: httpx.AsyncClient
) -> None:
    orders = [await make_order(quantity=10) for _ in range(3)]
    wishes = [wish(order, 10) for order in orders]
    bad = {"arrivals": [*wishes[:2], wish(orders[2], 11)]}
    assert (await buyer.post("/arrivals/actions/register", json=bad)).status_code == 409
    assert (await buyer.get("/arrivals")).json()["total"] == 0
    done = (await buyer.post("/arrivals/actions/register", json={"arrivals": wishes})).json()
    assert len({item["lines"][0]["lot_number"] for item in done["items"]}) == 3


@pytest.mark.parametrize("order_of_events", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_arrival_settles_in_any_order_of_events_and_closes_its_order(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    hear: Hear,
    procurement: ServiceUnderTest,
    order_of_events: Any,
) -> None:
    order = await make_order(quantity=10)
    arrival = (await buyer.post("/arrivals", json=wish(order, 10))).json()
    id = arrival["id"]
    events = (
        inspected(arrival, 7, 1, 2),
        ArrivalInvoiced(saga_id=id, invoice_ids=(UUID(int=1),)),
        ArrivalPaid(saga_id=id),
    )
    await hear(*(events[place] for place in order_of_events))
    await hear(*events)
    shown = (await buyer.get(f"/arrivals/{id}")).json()
    assert (shown["state"], shown["accepted"], shown["rejected"]) == ("settled", "8", "2")
    assert (await buyer.get(f"/orders/{order['id']}")).json()["state"] == "closed"
    assert (await saga(procurement, id))[0] == "done"
    async with procurement.session() as session:
        told = await session.execute(
            text("SELECT body->>'accepted' FROM outbox WHERE subject LIKE '%arrival_settled%'")
        )
        assert list(told.scalars()) == ["8"]


async def test_an_arrival_rejected_whole_owes_nothing(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    hear: Hear,
    procurement: ServiceUnderTest,
) -> None:
    order = await make_order(quantity=10)
    arrival = (await buyer.post("/arrivals", json=wish(order, 10))).json()
    await hear(inspected(arrival, 0, 0, 10))
    assert (await saga(procurement, arrival["id"]))[0] == "done"
    assert (await buyer.get(f"/arrivals/{arrival['id']}")).json()["state"] == "settled"


@pytest.mark.req("B6")
async def test_goods_go_back_at_most_once_and_may_be_replaced(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order(quantity=10)
    arrival = (await buyer.post("/arrivals", json=wish(order, 10))).json()
    back = {
        "arrival_line_id": arrival["lines"][0]["line_id"], "quantity": "6", "reason": "cracked",
        "replace": True,
    }  # fmt: skip
    answers = await asyncio.gather(*(buyer.post("/returns", json=back) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    done = next(answer.json() for answer in answers if answer.status_code == 201)
    shown = (await buyer.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["lines"][0]["open_quantity"]) == ("partially_received", "6")
    assert (await buyer.post("/arrivals", json=wish(order, 6))).status_code == 201
    sent = SupplierReturnDispatched(
        return_id=done["id"], number=done["number"], arrival_id=arrival["id"],
        arrival_line_id=arrival["lines"][0]["line_id"], order_id=order["id"],
        order_line_id=order["lines"][0]["line_id"], supplier_id=order["supplier_id"],
        item_id=order["lines"][0]["item_id"], part_id=UUID(int=1), lot_number="x",
        quantity=Decimal(6), accepted=False, returned_on=done["returned_on"],
    )  # fmt: skip
    await hear(sent, sent)
    closed = (await buyer.get(f"/returns/{done['id']}")).json()
    assert (closed["state"], closed["version"]) == ("closed", 2)


async def test_cancelling_an_issued_order_gives_up_the_rest_alone(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], buyer: httpx.AsyncClient
) -> None:
    order = await make_order(quantity=10)
    await buyer.post("/arrivals", json=wish(order, 4))
    act = {"version": order["version"] + 1, "note": "supplier cannot deliver"}
    done = (await buyer.post(f"/orders/{order['id']}/actions/cancel", json=act)).json()
    line = done["lines"][0]
    assert (done["state"], line["cancelled"], line["open_quantity"]) == ("received", "6", "0")


async def test_registering_costs_the_same_for_one_line_as_for_many(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    buyer: httpx.AsyncClient,
    procurement: ServiceUnderTest,
) -> None:
    counts: list[Any] = []
    for many in (1, 8):
        orders = [await make_order(quantity=10) for _ in range(many)]
        with procurement.counted() as statements:
            await buyer.post(
                "/arrivals/actions/register", json={"arrivals": [wish(o, 10) for o in orders]}
            )
        counts.append(len(statements))
    assert counts[1] - counts[0] <= 14, statements  # two per saga that begins
