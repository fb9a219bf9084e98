"""A hospital, its ventilator, and what others tell of them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from shared.contracts.base import Event
from shared.contracts.finance.events import CreditChanged, InvoicePosted
from shared.contracts.inventory.events import (
    ItemAvailabilityChanged,
    Pick,
    ReservationAnswered,
    ReservationReleased,
    ShipmentDispatched,
)
from shared.contracts.masterdata.events import (
    CertificatePublished,
    Credential,
    CustomerPublished,
    ItemPublished,
    RatePublished,
)
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

VENT, SPARE = UUID(int=0x11), UUID(int=0x12)


HOSPITAL, EXPORT = UUID(int=0x41), UUID(int=0x42)


SELLER, APPROVER = UUID(int=0xA1), UUID(int=0xA2)


BEGIN, DUE = date(2020, 1, 1), "2030-06-01"


def item(id: UUID, code: str, **changes: Any) -> ItemPublished:
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "code": code,
        "name": code.title(),
        "kind": "finished",
        "stock_unit": "pcs",
        "decimals": 0,
        "tracking": "serial",
        "inspect_incoming": True,
        "inspect_completion": True,
        "regulated": True,
    }
    return ItemPublished(**(values | changes))


def customer(id: UUID = HOSPITAL, kind: str = "hospital", **changes: Any) -> CustomerPublished:
    licence = Credential(kind="medical_institution", number="L1", valid_from=BEGIN)
    values: dict[str, Any] = {
        "id": id,
        "version": 1,
        "code": kind.upper(),
        "name": kind.title(),
        "kind": kind,
        "country": "CN",
        "address": "Road 1",
        "contact": "",
        "currency": "CNY",
        "payment_days": 30,
        "credit_limit": Decimal(100_000),
        "minimum_life_days": 180,
        "licences": (licence,) if kind == "hospital" else (),
    }
    return CustomerPublished(**(values | changes))


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


def stock(item_id: UUID, usable: int, reserved: int = 0) -> ItemAvailabilityChanged:
    return ItemAvailabilityChanged(
        item_id=item_id,
        version=1,
        on_hand=Decimal(usable),
        usable=Decimal(usable),
        reserved=Decimal(reserved),
        to_inspect=Decimal(0),
    )


def owes(amount: int, version: int = 1) -> CreditChanged:
    return CreditChanged(
        customer_id=HOSPITAL, version=version, receivable=Decimal(amount), oldest_due_on=None
    )


MASTERS: tuple[Event, ...] = (
    item(VENT, "VENT"),
    item(SPARE, "SPARE", regulated=False, kind="purchased"),
    customer(),
    customer(EXPORT, "export", currency="USD"),
    certificate(VENT),
    RatePublished(id=UUID(int=0x61), version=1, currency="USD", day=BEGIN, rate=Decimal("7.08")),
)


def order_body(quantity: int = 5, price: str = "1000", **changes: Any) -> dict[str, Any]:
    line = {"item_id": str(VENT), "quantity": str(quantity), "price": price, "due_on": DUE}
    return {"customer_id": str(HOSPITAL), "lines": [line]} | changes


async def act_on(
    client: httpx.AsyncClient, id: str, verb: str, of: str = "orders", **given: Any
) -> dict[str, Any]:
    """One act on a document at its present version; it must succeed."""
    answer = await try_act(client, id, verb, of, **given)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def try_act(
    client: httpx.AsyncClient, id: str, verb: str, of: str = "orders", **given: Any
) -> httpx.Response:
    seen = (await client.get(f"/{of}/{id}")).json()["version"]
    return await client.post(f"/{of}/{id}/actions/{verb}", json={"version": seen, **given})


def answered(order: dict[str, Any], short: int) -> ReservationAnswered:
    """What inventory says at once: `short` pieces of the first line are missing."""
    line = order["lines"][0]
    missing = {
        "line_id": line["id"],
        "item_id": line["item_id"],
        "missing": short,
        "needed_on": line["due_on"],
    }
    return ReservationAnswered.model_validate(
        {
            "saga_id": order["id"],
            "complete": not short,
            "shortages": [missing] if short else [],
        }
    )


def released(order: dict[str, Any]) -> ReservationReleased:
    return ReservationReleased(saga_id=UUID(order["id"]))


def dispatched(delivery: dict[str, Any]) -> ShipmentDispatched:
    """Every line of the delivery left, piece by piece."""
    picks = [
        Pick(
            line_id=UUID(line["order_line_id"]),
            item_id=UUID(line["item_id"]),
            part_id=new_id(),
            lot_id=new_id(),
            lot_number="L-20260301-0001",
            quantity=Decimal(1),
        )
        for line in delivery["lines"]
        for _ in range(int(line["quantity"]))
    ]
    return ShipmentDispatched(
        saga_id=UUID(delivery["id"]),
        shipment_id=UUID(delivery["id"]),
        number="SH-2026-000001",
        order_id=UUID(delivery["order_id"]),
        customer_id=HOSPITAL,
        dispatched_on=date(2026, 3, 1),
        picks=tuple(picks),
    )


def invoiced(order: dict[str, Any], delivery: dict[str, Any]) -> InvoicePosted:
    lines: list[InvoicePosted.Line] = []
    for line in delivery["lines"]:
        net = Decimal(line["quantity"]) * Decimal(order["lines"][0]["price"])
        lines.append(
            InvoicePosted.Line(
                order_line_id=UUID(line["order_line_id"]),
                item_id=UUID(line["item_id"]),
                quantity=Decimal(line["quantity"]),
                net=net,
                tax=net * Decimal("0.13"),
            )
        )
    net = sum((line.net for line in lines), Decimal(0))
    return InvoicePosted(
        saga_id=UUID(delivery["id"]),
        invoice_id=new_id(),
        number="SI-2026-000001",
        order_id=UUID(order["id"]),
        customer_id=HOSPITAL,
        currency="CNY",
        net=net,
        tax=net * Decimal("0.13"),
        gross=net * Decimal("1.13"),
        posted_on=date(2026, 3, 2),
        lines=tuple(lines),
    )


async def saga_of(sales: ServiceUnderTest, id: str | UUID) -> Any:
    """The saga's row; fails when there is none."""
    async with sales.session() as session:
        given = {"id": UUID(str(id))}
        return (await session.execute(text("SELECT * FROM saga WHERE id = :id"), given)).one()


async def told(sales: ServiceUnderTest, subject: str) -> list[dict[str, Any]]:
    """The events of a subject that stand in the outbox, in order."""
    question = text("SELECT body FROM outbox WHERE subject = :subject ORDER BY position")
    async with sales.session() as session:
        rows = await session.execute(question, {"subject": subject})
        return [row.body for row in rows]
