"""Things that happen to production and move its plan, by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import httpx

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, SCREW, TUBE, VENT, stock
from shared.contracts.inventory.events import PartQualityChanged, StockReceived
from shared.contracts.masterdata.events import SourcePublished
from shared.contracts.procurement.events import OrderIssued, OrderLine
from shared.ids import new_id

ITEMS = (VENT, ASSY, SCREW, TUBE)


@dataclass
class World:
    """Who does and hears it, the service's day, and the items that it happens to."""

    make_demand: Make
    hear: Hear
    planner: httpx.AsyncClient
    today: date
    items: Sequence[UUID] = ITEMS
    bought: Sequence[UUID] = (SCREW, TUBE)


async def demand(world: World, chance: Random, number: int) -> None:
    await world.make_demand(plan=False, quantity=chance.randint(1, 9), days=chance.randint(0, 80))


async def stocked(world: World, chance: Random, number: int) -> None:
    await world.hear(stock(chance.choice(world.items), str(chance.randint(0, 30)), number + 2))


async def lot(world: World, chance: Random, number: int) -> None:
    usable, part = world.today + timedelta(chance.randint(1, 70)), new_id()
    given: dict[str, Any] = {"part_id": part, "lot_number": f"L{number}", "item_id": TUBE}
    await world.hear(
        StockReceived(
            **given, lot_id=new_id(), quantity=Decimal(chance.randint(1, 9)),
            quality="to_inspect", usable_until=usable, source="arrival",
            document_id=new_id(), document_number="A", received_on=world.today,
        ),
        PartQualityChanged(**given, quantity=Decimal(3), quality="released"),
    )  # fmt: skip


async def bought(world: World, chance: Random, number: int) -> None:
    line = OrderLine(
        line_id=new_id(), item_id=chance.choice(world.bought),
        quantity=Decimal(chance.randint(1, 60)), due_on=world.today + timedelta(number % 70),
    )  # fmt: skip
    await world.hear(
        OrderIssued(
            order_id=new_id(), number=f"PO-{number}", supplier_id=new_id(),
            issued_on=world.today, lines=(line,),
        )
    )  # fmt: skip


async def sourced(world: World, chance: Random, number: int) -> None:
    terms = {"rank": chance.randint(1, 3), "lead_time_days": chance.randint(1, 20),
             "order_minimum": 0, "order_multiple": chance.choice((0, 7))}  # fmt: skip
    await world.hear(SourcePublished.model_validate({
        "id": UUID(int=0x700 + number % 3), "version": number + 1, "item_id": SCREW,
        "supplier_id": UUID(int=9), "supplier_part_no": "P", **terms,
    }))  # fmt: skip


async def policy(world: World, chance: Random, number: int) -> None:
    path = f"/planning/policies/{chance.choice(world.items)}"
    version = (await world.planner.get(path)).json()["version"]
    body = {"version": version, "periods": chance.randint(1, 9), "good_share": "0.9",
            "inspection_days": chance.randint(0, 3), "planning_fence": chance.choice((0, 8)),
            "consume_back": 5}  # fmt: skip
    assert (await world.planner.put(path, json=body)).status_code == 200


async def forecast(world: World, chance: Random, number: int) -> None:
    day = world.today + timedelta(chance.randint(0, 80))
    line = {"item_id": str(VENT), "day": day.isoformat(), "quantity": str(number % 5)}
    answer = await world.planner.put("/planning/forecasts", json={"lines": [line]})
    assert answer.status_code == 200, answer.text


async def released(world: World, chance: Random, number: int) -> None:
    await world.make_demand(release=True, quantity=chance.randint(1, 4))


KINDS = (demand, stocked, lot, bought, sourced, policy, forecast, released)


async def happen(world: World, chance: Random, number: int) -> None:
    """One of these; `number` is its place in the sequence, and all kinds come round."""
    await KINDS[(number + chance.randint(0, 1)) % len(KINDS)](world, chance, number)
