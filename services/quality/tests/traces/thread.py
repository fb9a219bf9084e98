"""A ventilator's thread as events: two supplier lots, a sub-assembly, two units, one hospital."""

from typing import Any

from shared.contracts.inventory.events import (
    IssueReturned,
    LotPartSplit,
    PartQualityChanged,
    ShipmentDispatched,
    StockIssued,
    StockReceived,
    SupplierReturnDispatched,
)
from shared.contracts.production.events import LotCompleted
from shared.ids import derived_id
from tests.support.services import COMPANY


def id_of(name: Any) -> Any:
    return derived_id(COMPANY, name)


def pick(part: Any, quantity: Any, lot: Any, serial: str = "") -> Any:
    return {
        "line_id": id_of("line"),
        "item_id": id_of("item"),
        "part_id": id_of(part),
        "lot_id": id_of(lot),
        "lot_number": lot,
        "serial": serial,
        "quantity": quantity,
    }


def received(
    part: Any,
    lot: Any,
    quantity: Any,
    *,
    order: Any = None,
    serial: str = "",
    partner: Any = None,
    day: str = "2026-01-05",
) -> Any:
    return StockReceived.model_validate(
        {
            "part_id": id_of(part),
            "lot_id": id_of(lot),
            "lot_number": lot,
            "serial": serial,
            "maker_lot": "" if order else f"M-{lot}",
            "item_id": id_of("item"),
            "quantity": quantity,
            "quality": "released" if order else "to_inspect",
            "source": "completion" if order else "arrival",
            "document_id": id_of(order or f"AR-{lot}"),
            "document_number": order or f"AR-{lot}",
            "line_id": None if order else id_of(f"arrival-line-{lot}"),
            "partner_id": None if order else id_of(partner),
            "received_on": day,
        }
    )


def issued(kind: Any, order: Any, *picks: Any) -> Any:
    name = "issue_id" if kind is StockIssued else "return_id"
    day = "issued_on" if kind is StockIssued else "returned_on"
    return kind.model_validate(
        {
            name: id_of(f"{name}-{order}"),
            "number": "X",
            "order_id": id_of(order),
            "order_number": order,
            day: "2026-01-10",
            "picks": picks,
        }
    )


def judged() -> Any:
    """Eight of ten valves are released, two rejected: (event, sequence of its aggregate)."""
    common = {"lot_number": "V1", "item_id": id_of("item"), "document_id": id_of("inspection")}
    released = {"part_id": id_of("valve"), "quantity": 8, "quality": "released"}
    rejected = {
        "part_id": id_of("valve-bad"),
        "from_part_id": id_of("valve"),
        "lot_id": id_of("V1"),
        "quantity": 2,
        "quality": "rejected",
    }
    return [
        (PartQualityChanged.model_validate(common | released), 2),
        (LotPartSplit.model_validate(common | rejected), 1),
    ]


def completed() -> Any:
    return LotCompleted.model_validate(
        {
            "order_id": id_of("MO-TOP"),
            "order_number": "MO-TOP",
            "item_id": id_of("item"),
            "lot_number": "T1",
            "serials": ("N1", "N2"),
            "quantity": "2",
            "made_on": "2026-01-12",
            "usable_until": None,
            "made_by": (),
        }
    )


def shipped() -> Any:
    return ShipmentDispatched.model_validate(
        {
            "saga_id": id_of("delivery"),
            "shipment_id": id_of("delivery"),
            "number": "DN-1",
            "order_id": id_of("so"),
            "customer_id": id_of("hospital"),
            "dispatched_on": "2026-02-01",
            "picks": (pick("unit-1", "1", "T1", "N1"),),
        }
    )


def sent_back() -> Any:
    return SupplierReturnDispatched.model_validate(
        {
            "return_id": id_of("return"),
            "number": "RT-1",
            "arrival_id": id_of("AR-V1"),
            "arrival_line_id": id_of("arrival-line-V1"),
            "order_id": id_of("po"),
            "order_line_id": id_of("po-line"),
            "supplier_id": id_of("acme"),
            "item_id": id_of("item"),
            "part_id": id_of("valve-bad"),
            "lot_number": "V1",
            "quantity": "2",
            "accepted": False,
            "returned_on": "2026-01-09",
        }
    )


def thread() -> Any:
    """(event, sequence of its aggregate), in the order in which it happens."""
    return [
        (received("valve", "V1", "10", partner="acme"), 1),
        (received("screw", "S1", "100", partner="bolts"), 1),
        *judged(),
        (issued(StockIssued, "MO-SUB", pick("screw", "40", "S1")), 1),
        (issued(IssueReturned, "MO-SUB", pick("screw", "10", "S1")), 1),
        (received("sub", "B1", "5", order="MO-SUB"), 1),
        (issued(StockIssued, "MO-TOP", pick("sub", "2", "B1"), pick("valve", "2", "V1")), 1),
        (completed(), 1),
        (received("unit-1", "T1", "1", order="MO-TOP", serial="N1"), 1),
        (received("unit-2", "T1", "1", order="MO-TOP", serial="N2"), 1),
        (shipped(), 1),
        (sent_back(), 1),
    ]
