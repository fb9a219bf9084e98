"""Facts of quality."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import Answer, AnyQuantity, Event, Quantity

Stage = Literal["incoming", "final"]


class InspectionOpened(Event):
    subject: ClassVar[str] = "erp.quality.inspection_opened.v1"
    aggregate: ClassVar[str] = "inspection_id"

    inspection_id: UUID
    number: str
    stage: Stage
    source_id: UUID  # arrival or production order
    source_number: str
    line_id: UUID  # arrival line, or the production order again
    item_id: UUID
    lot_number: str
    quantity: Quantity


class InspectionDecided(Event):
    """The signed decision over the whole quantity: accepted + conceded + rejected = quantity."""

    subject: ClassVar[str] = "erp.quality.inspection_decided.v1"
    aggregate: ClassVar[str] = "inspection_id"

    inspection_id: UUID
    number: str
    stage: Stage
    source_id: UUID
    source_number: str
    line_id: UUID
    item_id: UUID
    lot_number: str
    accepted: AnyQuantity
    conceded: AnyQuantity
    rejected: AnyQuantity
    reason: str = ""
    decided_by: str
    decided_on: date
    signature_id: UUID


class SourceInspected(Answer):
    """Every inspection lot of a source is decided. `saga_id` is the arrival or production order."""

    subject: ClassVar[str] = "erp.quality.source_inspected.v1"
    aggregate: ClassVar[str] = "saga_id"

    stage: Stage
    accepted: AnyQuantity
    conceded: AnyQuantity
    rejected: AnyQuantity
