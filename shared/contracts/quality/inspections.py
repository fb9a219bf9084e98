"""Inspection plans, results and decisions over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Code, Contract, Name, Quantity, Text

NotNegative = Annotated[AnyQuantity, Field(ge=0)]
StageName = Literal["incoming", "final"]


class Characteristic(Body):
    """One thing that is looked at; limits are inclusive, in `unit`.

    `registered`: a registered technical requirement or mandatory standard; what misses it can
    never be conceded (REQ-59).
    """

    code: Code
    name: Name
    unit: Annotated[Text, Field(max_length=20)] = ""
    lower: AnyQuantity | None = None
    upper: AnyQuantity | None = None
    registered: bool = False


class SavePlan(Body):
    """Body of `PUT /plans/{item_id}/{stage}`: the plan for lots that open from now on."""

    version: int = 0  # the version seen; 0 when there is none
    characteristics: Annotated[tuple[Characteristic, ...], Field(min_length=1, max_length=100)]


class PlanShown(Contract):
    item_id: UUID
    stage: str
    version: int
    characteristics: tuple[Characteristic, ...]


class Measurement(Body):
    """A measured value with the gauge it was read from."""

    code: Code
    value: AnyQuantity
    gauge: Annotated[Text, Field(max_length=60)] = ""


class RecordResult(Body):
    """Body of `POST /inspections/{id}/actions/record`."""

    version: int
    inspected: Quantity
    defects: NotNegative = Decimal(0)
    measurements: Annotated[tuple[Measurement, ...], Field(max_length=500)] = ()
    note: Text = ""


class RecordItem(RecordResult):
    id: UUID


class RecordAll(Body):
    """Body of `POST /inspections/actions/record`: all or nothing."""

    items: Annotated[tuple[RecordItem, ...], Field(min_length=1, max_length=1000)]


class Verdict(Body):
    """accepted + conceded + rejected is the whole quantity; the last two need a reason."""

    version: int
    accepted: NotNegative = Decimal(0)
    conceded: NotNegative = Decimal(0)
    rejected: NotNegative = Decimal(0)
    reason: Text = ""


class Decide(Verdict):
    """Body of `POST /inspections/{id}/actions/decide`."""

    signature: Annotated[str, Field(max_length=200_000)] | None = None


class DecideItem(Verdict):
    id: UUID


class DecideAll(Body):
    """Body of `POST /inspections/actions/decide`: one signature over the list, all or nothing."""

    items: Annotated[tuple[DecideItem, ...], Field(min_length=1, max_length=1000)]
    signature: Annotated[str, Field(max_length=200_000)] | None = None


class InspectionListed(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...]
    stage: str
    source_id: UUID
    source_number: str
    line_id: UUID
    item_id: UUID
    item_code: str
    lot_number: str
    quantity: Quantity
    opened_on: date
    content_hash: str


class InspectionShown(InspectionListed):
    """The whole record of one lot."""

    characteristics: tuple[Characteristic, ...]
    inspected: AnyQuantity
    defects: AnyQuantity
    measurements: tuple[Measurement, ...]
    breaches: tuple[str, ...]  # characteristics that a measurement missed
    note: str
    recorded_by: str | None
    accepted: AnyQuantity
    conceded: AnyQuantity
    rejected: AnyQuantity
    reason: str
    decided_by: str | None
    decided_on: date | None
    signatures: tuple[dict[str, Any], ...]
    created_at: datetime


class Inspections(Contract):
    items: tuple[InspectionListed, ...]
