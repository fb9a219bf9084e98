"""What may be done to a sales order, and the gates before it is promised. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from shared.decimals import cents
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle, Requirement
from shared.problems import Conflict, NotFound, Refused

STATES = (
    "draft",
    "pending_review",
    "approved",
    "allocated",
    "partially_shipped",
    "shipped",
    "closed",
    "rejected",
    "cancelled",
)
NOTED: Final[frozenset[Requirement]] = frozenset({"note"})
PENDING = frozenset({"pending_review"})
LIFECYCLE = Lifecycle(
    STATES,
    Action("change", frozenset({"draft", "pending_review"}), "draft", "sales.order.write"),
    Action("submit", frozenset({"draft"}), "pending_review", "sales.order.submit"),
    Action("withdraw", PENDING, "draft", "sales.order.submit"),
    Action(
        "approve",
        PENDING,
        "approved",
        "sales.order.approve",
        not_by=("submitted_by",),
        delegable=True,
    ),
    Action(
        "reject",
        PENDING,
        "rejected",
        "sales.order.approve",
        not_by=("submitted_by",),
        requires=NOTED,
        delegable=True,
    ),
    Action("revise", frozenset({"rejected"}), "draft", "sales.order.submit"),
    Action(
        "cancel",
        frozenset({"draft", "pending_review", "rejected", "approved", "allocated"}),
        "cancelled",
        "sales.order.cancel",
        requires=NOTED,
    ),
    Action("deliver", frozenset({"allocated", "partially_shipped"}), None, "sales.delivery.write"),
)
COMMITTED = ("pending_review", "approved", "allocated", "partially_shipped", "shipped")
LICENCES: Final[Mapping[str, frozenset[str]]] = {
    "hospital": frozenset({"medical_institution", "practice_licence"}),
    "distributor": frozenset({"distribution_licence", "distribution_filing"}),
}


class OrderNotFound(NotFound):
    title = Bilingual("There is no such sales order", "没有此销售订单")


class CustomerNotActive(Refused):
    title = Bilingual("The customer is not active", "该客户已停用")
    lifted_by = Bilingual("Masterdata can activate the customer", "由主数据人员启用该客户")


class ItemNotForSale(Refused):
    title = Bilingual("An item of the order is not active", "订单中的物料已停用")
    lifted_by = Bilingual(
        "Choose another item, or have masterdata activate it", "改选其他物料，或由主数据人员启用"
    )


class LicenceMissing(Refused):
    title = Bilingual(
        "The customer holds no licence that covers these items today",
        "客户今天没有涵盖这些物料的有效资质",
    )
    lifted_by = Bilingual(
        "Record the customer's renewed licence with its scope in masterdata",
        "在主数据中登记客户更新后的资质及其范围",
    )


class CertificateMissing(Refused):
    title = Bilingual(
        "No registration certificate covers these devices today", "这些医疗器械今天没有有效的注册证"
    )
    lifted_by = Bilingual(
        "Regulatory affairs can record a certificate that names the items and holds today",
        "由法规人员登记包含这些物料且在有效期内的注册证",
    )


class CreditExceeded(Refused):
    title = Bilingual(
        "The order would take the customer over the credit limit", "该订单将使客户超出信用额度"
    )
    lifted_by = Bilingual(
        "Finance can collect receivables or raise the limit; sales can ask for less",
        "由财务催收货款或提高额度，或由销售减少订货",
    )


class QuantityTooFine(Refused):
    title = Bilingual(
        "The quantity has more decimals than the item's unit", "数量的小数位超出该物料单位的精度"
    )


class VersionMissing(Refused):
    title = Bilingual(
        "A change must say which version it is based on (If-Match)",
        "修改须注明所依据的版本（If-Match）",
    )


class DeliveryOpen(Conflict):
    title = Bilingual("A delivery of this order is on its way", "该订单有正在执行的发货单")
    lifted_by = Bilingual("Cancel the delivery first, or let it go", "先取消发货单，或待其发出")


@dataclass(frozen=True, slots=True)
class Amounts:
    net: Decimal
    tax: Decimal
    gross: Decimal


def line_amounts(quantity: Decimal, price: Decimal, tax_rate: Decimal) -> Amounts:
    """Rounded per line to the cent: the invoice adds up from its lines."""
    net = cents(quantity * price)
    tax = cents(net * tax_rate)
    return Amounts(net, tax, net + tax)


def total(lines: Iterable[Amounts]) -> Amounts:
    found = list(lines)
    zero = Decimal(0)
    net = sum((line.net for line in found), zero)
    tax = sum((line.tax for line in found), zero)
    return Amounts(net, tax, net + tax)


@dataclass(frozen=True, slots=True)
class Device:
    """An ordered item as the gates see it."""

    id: UUID
    code: str
    regulated: bool
    kind: str = "finished"


@dataclass(frozen=True, slots=True)
class Cover:
    """A certificate: the items it names and the days it holds, both inclusive."""

    item_ids: frozenset[UUID]
    valid_from: date
    valid_to: date | None


def holds(valid_from: date, valid_to: date | None, day: date) -> bool:
    return valid_from <= day and (valid_to is None or day <= valid_to)


def check_licences(
    customer: str,
    kind: str,
    licences: Sequence[Mapping[str, Any]],
    devices: Iterable[Device],
    day: date,
) -> None:
    """REQ-68: a valid licence of the right kind whose scope holds each item. Export is exempt."""
    wanted = LICENCES.get(kind)
    if wanted is None:
        return
    valid = [
        licence
        for licence in licences
        if licence["kind"] in wanted
        and holds(
            date.fromisoformat(licence["valid_from"]),
            date.fromisoformat(licence["valid_to"]) if licence.get("valid_to") else None,
            day,
        )
    ]
    scopes = [set(licence.get("scope") or ()) for licence in valid]
    outside = [
        device.code
        for device in devices
        if not any(not scope or scope & {device.code, device.kind} for scope in scopes)
    ]
    if outside:
        raise LicenceMissing(
            customer=customer, day=day, items=sorted(outside), needed=sorted(wanted)
        )


def check_certificates(
    kind: str, devices: Iterable[Device], covers: Sequence[Cover], day: date
) -> None:
    """Each regulated item needs a certificate that holds today; export is exempt (REQ-69)."""
    if kind == "export":
        return
    covered = {
        id
        for cover in covers
        if holds(cover.valid_from, cover.valid_to, day)
        for id in cover.item_ids
    }
    bare = [device.code for device in devices if device.regulated and device.id not in covered]
    if bare:
        raise CertificateMissing(items=sorted(bare), day=day)


def check_credit(limit: Decimal, receivable: Decimal, open_orders: Decimal, this: Decimal) -> None:
    """REQ-70: what is owed, what is promised and this order fit the limit; company currency."""
    if receivable + open_orders + this > limit:
        raise CreditExceeded(
            limit=limit,
            receivable=receivable,
            open_orders=open_orders,
            this_order=this,
            over=receivable + open_orders + this - limit,
        )


def shipping_state(lines: Iterable[tuple[Decimal, Decimal]], before: str) -> str:
    """The headline after a dispatch, from (ordered, shipped) of every line."""
    pairs = list(lines)
    if all(shipped >= ordered for ordered, shipped in pairs):
        return "shipped"
    return "partially_shipped" if any(shipped > 0 for _, shipped in pairs) else before


def billing_state(invoiced: Decimal, gross: Decimal) -> str:
    if invoiced <= 0:
        return "unbilled"
    return "billed" if invoiced >= gross else "partially_billed"
