"""A small device, and what others tell of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from shared.auth import mint
from shared.clock import Clock
from shared.contracts.base import Event
from shared.contracts.inventory.events import (
    CompletionReceived,
    ItemAvailabilityChanged,
    Pick,
    StockIssued,
)
from shared.contracts.masterdata.events import (
    BomLine,
    BomPublished,
    CertificatePublished,
    ItemPublished,
    RoutingOperation,
    RoutingPublished,
)
from shared.contracts.quality.events import SourceInspected
from shared.ids import new_id
from tests.support.services import COMPANY, private_key

VENT, ASSY, SCREW, TUBE = (UUID(int=number) for number in (0x11, 0x12, 0x13, 0x14))


CENTRE = UUID(int=0x31)


PLANNER, OPERATOR, MANAGER = (UUID(int=number) for number in (0xA1, 0xA2, 0xA3))


BEGIN = date(2020, 1, 1)


def item(id: UUID, code: str, kind: str, **changes: Any) -> ItemPublished:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "code": code,
        "name": code.title(),
        "kind": kind,
        "stock_unit": "pcs",
        "decimals": 0,
        "tracking": "lot",
        "inspect_incoming": True,
        "inspect_completion": True,
    }
    return ItemPublished(**(values | changes))


def bom(item_id: UUID, *lines: tuple[UUID, str, str], **changes: Any) -> BomPublished:
    values: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "item_id": item_id,
        "revision": "A",
        "valid_from": BEGIN,
        "valid_to": None,
        "lines": tuple(
            BomLine(line=place * 10, component_id=part, quantity=Decimal(each), scrap=Decimal(lost))
            for place, (part, each, lost) in enumerate(lines, start=1)
        ),
    }
    return BomPublished(**(values | changes))


def routing(item_id: UUID, *names: str, **changes: Any) -> RoutingPublished:
    values: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "item_id": item_id,
        "revision": "A",
        "valid_from": BEGIN,
        "valid_to": None,
        "operations": tuple(
            RoutingOperation(
                operation=place * 10,
                name=name,
                kind="assembly",
                work_centre_id=CENTRE,
                setup_minutes=Decimal(5),
                run_minutes=Decimal("2.5"),
            )
            for place, name in enumerate(names, start=1)
        ),
    }
    return RoutingPublished(**(values | changes))


def certificate(*items: UUID, **changes: Any) -> CertificatePublished:
    values: dict[str, Any] = {
        "id": UUID(int=0x51),
        "version": 1,
        "number": "国械注准20253080999",
        "holder": "Demo",
        "product": "Ventilator",
        "device_class": 3,
        "valid_from": BEGIN,
        "valid_to": None,
        "item_ids": items,
    }
    return CertificatePublished(**(values | changes))


def stock(item_id: UUID, usable: str, version: int = 1, **changes: str) -> ItemAvailabilityChanged:
    figures = {"on_hand": usable, "usable": usable, "reserved": "0", "to_inspect": "0"} | changes
    given = {name: Decimal(value) for name, value in figures.items()}
    return ItemAvailabilityChanged(item_id=item_id, version=version, **given)


MASTERS: tuple[Event, ...] = (
    item(VENT, "VENT", "finished", tracking="serial", regulated=True, shelf_life_days=365),
    item(ASSY, "ASSY", "manufactured", lead_time_days=2),
    item(
        SCREW, "SCREW", "purchased",
        lead_time_days=5, order_minimum=Decimal(20), order_multiple=Decimal(10),
    ),
    item(TUBE, "TUBE", "purchased", decimals=3, stock_unit="m"),
    bom(VENT, (ASSY, "2", "0"), (SCREW, "3", "0")),
    bom(ASSY, (SCREW, "4", "0"), (TUBE, "0.5", "0.1")),
    routing(VENT, "Assemble", "Test"),
    routing(ASSY, "Solder"),
    certificate(VENT),
)  # fmt: skip


def demand_body(quantity: int = 5, item_id: UUID = VENT, days: int = 30) -> dict[str, Any]:
    day = Clock().today() + timedelta(days=days)
    line = {
        "line_id": str(new_id()), "item_id": str(item_id),
        "quantity": str(quantity), "needed_on": day.isoformat(),
    }  # fmt: skip
    return {"number": "SO-2026-000001", "lines": [line]}


def signature(user_id: UUID, meaning: str, *documents: dict[str, Any]) -> str:
    """What the gateway mints after the person has given the password again."""
    items = [
        {"id": one["id"], "version": one["version"], "hash": one["content_hash"]}
        for one in documents
    ]
    return mint(
        private_key("gateway"),
        issuer="gateway",
        subject=f"user:{user_id}",
        audience="signature:production",
        company_id=COMPANY,
        ttl=120,
        extra={"meaning": meaning, "items": items},
    )


async def act_on(client: httpx.AsyncClient, id: str, verb: str, **given: Any) -> dict[str, Any]:
    """One act on an order at its present version; it must succeed."""
    seen = (await client.get(f"/orders/{id}")).json()["version"]
    answer = await client.post(f"/orders/{id}/actions/{verb}", json={"version": seen, **given})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def issue(order: dict[str, Any]) -> StockIssued:
    """Every component of the order leaves the shelf, one lot each."""
    picks = tuple(
        Pick(
            line_id=UUID(component["id"]),
            item_id=UUID(component["item_id"]),
            part_id=new_id(),
            lot_id=new_id(),
            lot_number=f"IN-{component['line']}",
            quantity=Decimal(component["quantity"]),
        )
        for component in order["components"]
    )
    return StockIssued(
        issue_id=new_id(),
        number="IS-2026-000001",
        order_id=UUID(order["id"]),
        order_number=order["number"],
        issued_on=date(2026, 3, 1),
        picks=picks,
    )


def inspected(id: str, accepted: int = 0, conceded: int = 0, rejected: int = 0) -> SourceInspected:
    return SourceInspected(
        saga_id=UUID(id),
        stage="final",
        accepted=Decimal(accepted),
        conceded=Decimal(conceded),
        rejected=Decimal(rejected),
    )


def received(order: dict[str, Any]) -> CompletionReceived:
    return CompletionReceived(
        saga_id=UUID(order["id"]),
        order_number=order["number"],
        item_id=UUID(order["item_id"]),
        quantity=Decimal(order["quantity"]),
        part_ids=(new_id(),),
        received_on=date(2026, 3, 2),
    )
