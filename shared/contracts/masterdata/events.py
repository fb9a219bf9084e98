"""Masters as others copy them: full state and `version`; a copy is replaced only by a newer one."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import (
    Amount,
    AnyQuantity,
    Contract,
    Currency,
    Event,
    Price,
    Quantity,
    Rate,
    Share,
)

ItemKind = Literal["raw", "purchased", "manufactured", "finished"]
Tracking = Literal["lot", "serial"]
CustomerKind = Literal["hospital", "distributor", "export"]


class Published(Event):
    """The full state of a master at `version`; `active` False: not for new documents."""

    aggregate: ClassVar[str] = "id"

    id: UUID
    version: int
    active: bool = True


class ItemPublished(Published):
    subject: ClassVar[str] = "erp.masterdata.item_published.v1"

    code: str
    name: str
    name_zh: str = ""
    spec: str = ""
    kind: ItemKind
    stock_unit: str
    decimals: int  # of a stock quantity
    tracking: Tracking
    shelf_life_days: int | None = None
    minimum_life_days: int = 0  # remaining at receipt
    inspect_incoming: bool
    inspect_completion: bool
    storage_class: str = "ambient"
    certificate_id: UUID | None = None  # registration that covers it, when it is a device
    regulated: bool = False  # a device that needs a registration to be sold in China
    lead_time_days: int = 0  # make or buy, for planning
    order_minimum: AnyQuantity = Decimal(0)
    order_multiple: AnyQuantity = Decimal(0)
    safety_stock: AnyQuantity = Decimal(0)

    @property
    def made(self) -> bool:
        return self.kind in ("manufactured", "finished")


class Credential(Contract):
    """A licence or qualification with its scope and its days, both inclusive."""

    kind: str
    number: str
    scope: tuple[str, ...] = ()  # item codes or categories; empty: everything
    valid_from: date
    valid_to: date | None = None


class SupplierPublished(Published):
    subject: ClassVar[str] = "erp.masterdata.supplier_published.v1"

    code: str
    name: str
    currency: Currency
    payment_days: int
    qualifications: tuple[Credential, ...]
    locked: bool = False


class SourcePublished(Published):
    """An approved source: who may sell an item to us, on what terms. The price travels apart."""

    subject: ClassVar[str] = "erp.masterdata.source_published.v1"

    item_id: UUID
    supplier_id: UUID
    supplier_part_no: str
    rank: int  # 1 is preferred
    order_minimum: AnyQuantity
    order_multiple: AnyQuantity
    lead_time_days: int


class SourcePriced(Published):
    """Read by procurement alone: purchase prices never ride in events that others consume."""

    subject: ClassVar[str] = "erp.masterdata.source_priced.v1"

    item_id: UUID
    supplier_id: UUID
    price: Price
    currency: Currency
    assumed: bool = False  # not published by the source: a documented assumption


class CustomerPublished(Published):
    subject: ClassVar[str] = "erp.masterdata.customer_published.v1"

    code: str
    name: str
    kind: CustomerKind
    country: str
    address: str
    contact: str
    currency: Currency
    payment_days: int
    credit_limit: Amount
    minimum_life_days: int
    licences: tuple[Credential, ...]


class CertificatePublished(Published):
    subject: ClassVar[str] = "erp.masterdata.certificate_published.v1"

    number: str
    holder: str
    product: str
    device_class: int
    valid_from: date
    valid_to: date | None
    item_ids: tuple[UUID, ...]


class BomSubstitute(Contract):
    """What may stand in for a line's component, the lowest priority first, then by id."""

    component_id: UUID
    quantity: Quantity | None = None  # per stock unit of the item; None: as many as the component
    priority: int = 1


class BomLine(Contract):
    line: int
    component_id: UUID
    quantity: Quantity  # stock units of the component per stock unit of the item
    scrap: Share = Decimal(0)
    operation: int | None = None
    substitutes: tuple[BomSubstitute, ...] = ()


class BomPublished(Published):
    """A released structure; effective from `valid_from` to `valid_to`, both inclusive."""

    subject: ClassVar[str] = "erp.masterdata.bom_published.v1"

    item_id: UUID
    revision: str
    valid_from: date
    valid_to: date | None
    lines: tuple[BomLine, ...]


class RoutingOperation(Contract):
    operation: int
    name: str
    kind: str
    work_centre_id: UUID
    setup_minutes: AnyQuantity
    run_minutes: AnyQuantity  # per stock unit


class RoutingPublished(Published):
    subject: ClassVar[str] = "erp.masterdata.routing_published.v1"

    item_id: UUID
    revision: str
    valid_from: date
    valid_to: date | None
    operations: tuple[RoutingOperation, ...]


class WorkCentrePublished(Published):
    """A place of work; on a working day it does `units` × `hours_per_day` × `efficiency`."""

    subject: ClassVar[str] = "erp.masterdata.work_centre_published.v1"

    code: str
    name: str
    units: int = 1  # that work side by side
    hours_per_day: AnyQuantity = Decimal(8)
    efficiency: AnyQuantity = Decimal(1)  # standard hours done in an hour


class WorkCentreRated(Published):
    """Read by finance alone: cost rates in company currency per hour."""

    subject: ClassVar[str] = "erp.masterdata.work_centre_rated.v1"

    labour_rate: Price
    overhead_rate: Price


class RatePublished(Published):
    """Company currency per unit of `currency`, from `day` on until a later one."""

    subject: ClassVar[str] = "erp.masterdata.rate_published.v1"

    currency: Currency
    day: date
    rate: Rate
