"""What masterdata is told, by hand or as one row of a CSV file: references go by code."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.base import (
    Amount,
    AnyQuantity,
    Body,
    Code,
    Contract,
    Currency,
    Name,
    Price,
    Quantity,
    Rate,
    Text,
)
from shared.contracts.masterdata.bom_lines import BomLineBody
from shared.contracts.masterdata.events import (
    BomPublished,
    CustomerKind,
    ItemKind,
    SourcePublished,
    Tracking,
)

UnitCode = Annotated[str, StringConstraints(pattern=r"^\S{1,16}$")]
Days = Annotated[int, Field(ge=0, le=36_500)]
Decimals = Annotated[int, Field(ge=0, le=6)]
NotNegative = Annotated[AnyQuantity, Field(ge=0)]
StorageClass = Literal["ambient", "cool", "cold", "frozen", "flammable", "secure"]
QualificationKind = Literal[
    "business_licence",
    "production_licence",
    "distribution_licence",
    "iso_13485",
    "gmp",
    "authorisation",
    "quality_agreement",
]
LicenceKind = Literal[
    "business_licence", "practice_licence", "distribution_licence", "import_permit"
]


class Dated(Body):
    """Days on which something holds, both inclusive; no end: until further notice."""

    valid_from: date
    valid_to: date | None = None

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> "Dated":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise PydanticCustomError("days_reversed", "valid_to lies before valid_from")
        return self


class UnitBody(Body):
    code: UnitCode
    name: Name
    name_zh: Text = ""
    decimals: Decimals = 0


class ConversionBody(Body):
    """`numerator` of `to_unit` are `denominator` of `from_unit`, exactly; of one item or all."""

    from_unit: UnitCode
    to_unit: UnitCode
    numerator: Annotated[int, Field(gt=0, le=10**12)]
    denominator: Annotated[int, Field(gt=0, le=10**12)] = 1
    item_code: Code | None = None


class ConvertBody(Body):
    quantity: Quantity
    from_unit: UnitCode
    to_unit: UnitCode
    item_code: Code | None = None


class ItemBody(Body):
    """`decimals` of a stock quantity; without it the unit's."""

    code: Code
    name: Name
    name_zh: Text = ""
    spec: Text = ""
    kind: ItemKind
    stock_unit: UnitCode
    decimals: Decimals | None = None
    tracking: Tracking = "lot"
    shelf_life_days: Annotated[int, Field(gt=0, le=36_500)] | None = None
    minimum_life_days: Days = 0
    inspect_incoming: bool = True
    inspect_completion: bool = True
    storage_class: StorageClass = "ambient"
    certificate_number: Text = ""
    regulated: bool = False
    lead_time_days: Days = 0
    order_minimum: NotNegative = Decimal(0)
    order_multiple: NotNegative = Decimal(0)
    safety_stock: NotNegative = Decimal(0)


class SupplierBody(Body):
    code: Code
    name: Name
    currency: Currency = "CNY"
    payment_days: Days = 30


class QualificationBody(Dated):
    supplier_code: Code
    kind: QualificationKind
    number: Name
    scope: tuple[Code, ...] = ()  # item codes or kinds of items; empty: everything


class SourceBody(Body):
    """An approved source with its price; `assumed`: nobody published it, we documented a guess."""

    item_code: Code
    supplier_code: Code
    supplier_part_no: Text = ""
    rank: Annotated[int, Field(ge=1, le=99)] = 1
    price: Price
    currency: Currency = "CNY"
    order_minimum: NotNegative = Decimal(0)
    order_multiple: NotNegative = Decimal(0)
    lead_time_days: Days = 0  # working days
    assumed: bool = False


class SourceShown(SourcePublished):
    price: Price
    currency: Currency
    assumed: bool


class CustomerBody(Body):
    code: Code
    name: Name
    kind: CustomerKind
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    address: Text = ""
    contact: Text = ""
    currency: Currency = "CNY"
    payment_days: Days = 30
    credit_limit: Annotated[Amount, Field(ge=0)] = Decimal(0)
    minimum_life_days: Days = 0


class LicenceBody(Dated):
    customer_code: Code
    kind: LicenceKind
    number: Name
    scope: tuple[Code, ...] = ()


class CertificateBody(Dated):
    """A registration or filing; the number is checked against authority, class and year."""

    number: Name
    holder: Name
    product: Name
    device_class: Annotated[int, Field(ge=1, le=3)]
    item_codes: tuple[Code, ...] = ()


class BomBody(Dated):
    item_code: Code
    revision: Code
    lines: Annotated[tuple[BomLineBody, ...], Field(min_length=1, max_length=2000)]


class OperationBody(Body):
    operation: Annotated[int, Field(ge=1, le=99_999)]
    name: Name
    kind: Text = ""
    work_centre_code: Code
    setup_minutes: NotNegative = Decimal(0)
    run_minutes: NotNegative = Decimal(0)


class RoutingBody(Body):
    """Holds from `valid_from`, by default from the day it is entered."""

    item_code: Code
    revision: Code
    valid_from: date | None = None
    operations: Annotated[tuple[OperationBody, ...], Field(min_length=1, max_length=500)]


class RateBody(Body):
    currency: Currency
    day: date
    rate: Rate


class UnitShown(Contract):
    id: UUID
    version: int
    active: bool
    code: str
    name: str
    name_zh: str
    decimals: int


class Conversion(Contract):
    id: UUID
    from_unit: str
    to_unit: str
    numerator: int
    denominator: int
    item_id: UUID | None


class Converted(Contract):
    quantity: Quantity
    unit: str


class Exploded(Contract):
    """One component under an item: per level, with the quantity for the amount asked."""

    level: int
    parent_id: UUID
    component_id: UUID
    component_code: str
    component_name: str
    quantity: AnyQuantity
    path: tuple[str, ...]


class WhereUsed(Contract):
    """A structure that contains the item, so many levels up. A `priority`: only as a substitute."""

    level: int
    item_id: UUID
    item_code: str
    item_name: str
    revision: str
    priority: int | None = None


class ImportOutcome(Contract):
    """What an import did, or in a dry run would do."""

    kind: str
    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    created_keys: tuple[str, ...]  # at most the first 100
    changed_keys: tuple[str, ...]


class BomShown(BomPublished):
    """A structure, released or still a draft; drafts are told to nobody."""

    state: str
