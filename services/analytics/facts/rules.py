"""From an event to its facts. Pure; keys are derived from the source's own lines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts.base import Envelope
from shared.contracts.finance.events import CostOfSalesPosted, InvoicePosted
from shared.contracts.inventory.events import ShipmentDispatched, StockAccepted
from shared.contracts.production.events import OperationReported
from shared.contracts.sales.events import OrderApproved
from shared.decimals import cents
from shared.ids import derived_id

GRAINS = (
    "order_line", "shipment_line", "invoice_line", "cost_line", "operation_report",
    "purchase_receipt",
)  # fmt: skip
COST_GRAINS = frozenset({"cost_line"})  # shown only to those who may see cost
Row = Mapping[str, Any]


def month_of(day: date) -> date:
    return day.replace(day=1)


def fact(
    envelope: Envelope, grain: str, key: str, document: tuple[UUID, str], values: Row
) -> dict[str, Any]:
    """A fact's row. `key` tells apart the lines of one document."""
    return {
        "id": str(derived_id(document[0], f"{grain}:{key}")),
        "company_id": str(envelope.companyid),
        "grain": grain,
        "version": envelope.sequence,
        "source": envelope.source.strip("/"),
        "document_id": str(document[0]),
        "document_number": document[1],
        **{name: None if value is None else str(value) for name, value in values.items()},
    }


def ordered(event: OrderApproved, envelope: Envelope) -> list[dict[str, Any]]:
    document = (event.order_id, event.number)
    return [
        fact(envelope, "order_line", str(line.line_id), document, {
            "day": event.approved_on,
            "item_id": line.item_id,
            "partner_id": event.customer_id,
            "line_id": line.line_id,
            "due_on": line.due_on,
            "quantity": line.quantity,
            "amount": cents(line.net * event.rate),
        })
        for line in event.lines
    ]  # fmt: skip


def shipped(event: ShipmentDispatched, envelope: Envelope) -> list[dict[str, Any]]:
    sums: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for pick in event.picks:
        sums[pick.line_id, pick.item_id] += pick.quantity
    document = (event.shipment_id, event.number)
    return [
        fact(envelope, "shipment_line", f"{line}:{item}", document, {
            "day": event.dispatched_on,
            "item_id": item,
            "partner_id": event.customer_id,
            "line_id": line,
            "quantity": quantity,
        })
        for (line, item), quantity in sums.items()
    ]  # fmt: skip


def invoiced(event: InvoicePosted, envelope: Envelope) -> list[dict[str, Any]]:
    document = (event.invoice_id, event.number)
    return [
        fact(envelope, "invoice_line", f"{number}", document, {
            "day": event.posted_on,
            "item_id": line.item_id,
            "partner_id": event.customer_id,
            "line_id": line.order_line_id,
            "quantity": line.quantity,
            "amount": line.net,
        })
        for number, line in enumerate(event.lines)
    ]  # fmt: skip


def costed(event: CostOfSalesPosted, envelope: Envelope) -> list[dict[str, Any]]:
    document = (event.delivery_id, "")
    return [
        fact(envelope, "cost_line", f"{number}", document, {
            "day": event.posted_on,
            "item_id": line.item_id,
            "line_id": line.order_line_id,
            "quantity": line.quantity,
            "amount": line.cost,
        })
        for number, line in enumerate(event.lines)
    ]  # fmt: skip


def reported(event: OperationReported, envelope: Envelope) -> list[dict[str, Any]]:
    values = {
        "day": event.reported_on,
        "item_id": event.item_id,
        "partner_id": event.work_centre_id,
        "quantity": event.good,
        "loss": event.scrap,
    }
    document = (event.report_id, event.order_number)
    return [fact(envelope, "operation_report", "", document, values)]


def received(event: StockAccepted, envelope: Envelope) -> list[dict[str, Any]]:
    values = {
        "day": event.accepted_on,
        "item_id": event.item_id,
        "partner_id": event.supplier_id,
        "line_id": event.order_line_id,
        "quantity": event.quantity,
    }
    document = (event.arrival_id, event.arrival_number)
    key = f"{event.arrival_line_id}:{event.part_id}"
    return [fact(envelope, "purchase_receipt", key, document, values)]


def newest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per key, the highest version, in key order: ON CONFLICT cannot touch a row twice."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = found.get(row["id"])
        if known is None or Decimal(row["version"]) > Decimal(known["version"]):
            found[row["id"]] = row
    return [found[key] for key in sorted(found)]
