"""Stock, lots and the ledger over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Quantity, Reason, Text

BlockKind = Literal["held", "quarantined", "recalled"]


class StockShown(Contract):
    """One part in one bin. `version` is the part's, for blocking it."""

    part_id: UUID
    item_id: UUID
    item_code: str | None
    item_name: str | None
    stock_unit: str | None
    lot_id: UUID
    lot_number: str
    maker_lot: str
    serial: str
    quality: str
    blocks: tuple[str, ...]
    usable_until: date | None
    version: int
    bin_id: UUID
    bin_code: str
    zone_status: str
    on_hand: AnyQuantity
    reserved: AnyQuantity


class AvailabilityShown(Contract):
    item_id: UUID
    version: int
    on_hand: AnyQuantity
    usable: AnyQuantity
    reserved: AnyQuantity
    to_inspect: AnyQuantity


class PartShown(Contract):
    id: UUID
    serial: str
    quality: str
    blocks: tuple[str, ...]
    usable_until: date | None
    source: str
    document_id: UUID
    line_id: UUID | None
    version: int
    on_hand: AnyQuantity
    reserved: AnyQuantity
    allowed_actions: tuple[str, ...] = ()


class LotShown(Contract):
    """A printed lot with its parts, in the order in which they were born."""

    id: UUID
    item_id: UUID
    item_code: str | None
    number: str
    maker_lot: str
    usable_until: date | None
    parts: tuple[PartShown, ...]


class MoveShown(Contract):
    id: UUID
    item_id: UUID
    part_id: UUID
    from_bin_id: UUID | None
    to_bin_id: UUID | None
    quantity: Quantity
    kind: str
    document_id: UUID | None
    document_number: str
    moved_on: date
    moved_at: datetime
    moved_by: str


class MovesPage(Contract):
    """A page of the ledger, newest first; ask again with `cursor=next_cursor`."""

    items: tuple[MoveShown, ...]
    next_cursor: UUID | None


class Difference(Contract):
    part_id: UUID
    bin_id: UUID
    ledger: AnyQuantity
    balance: AnyQuantity


class Reconciliation(Contract):
    """Where ledger and balances part; empty when all is well."""

    differences: tuple[Difference, ...]


class TransferLine(Body):
    part_id: UUID
    from_bin_id: UUID
    to_bin_id: UUID
    quantity: Quantity


class TransferStock(Body):
    """Body of `POST /moves`: from bin to bin, many lines in one transaction."""

    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=1000)]
    reason: Text = ""


class Transferred(Contract):
    id: UUID
    lines: int


class BlockPart(Body):
    """Body of `POST /parts/{id}/actions/block` and `/unblock`."""

    version: int
    kind: BlockKind
    reason: Reason


class PartBlocked(Contract):
    id: UUID
    version: int
    quality: str
    blocks: tuple[str, ...]
    withdrawn: AnyQuantity  # of what was held of it
