"""The trace over HTTP: from any lot or serial back to suppliers and forward to customers."""

from datetime import date
from uuid import UUID

from shared.contracts.base import AnyQuantity, Contract


class TraceNodeShown(Contract):
    """A part, or a step (production order) that made parts of others."""

    n: int
    id: UUID
    kind: str
    item_id: UUID | None
    item_code: str | None
    item_name: str | None
    lot_number: str
    serial: str
    maker_lot: str
    number: str
    quality: str
    blocks: str
    usable_until: date | None
    born_on: date | None
    remaining: AnyQuantity  # what came in less what went out


class TraceEndShown(Contract):
    """Where a part came in or went out, and with whom."""

    part_id: UUID
    item_code: str | None
    lot_number: str
    serial: str
    maker_lot: str
    kind: str
    document_id: UUID
    number: str
    day: date
    quantity: AnyQuantity


class TracePartner(Contract):
    """A supplier or customer with everything of the answer that concerns them."""

    partner_id: UUID | None
    code: str | None
    name: str | None
    quantity: AnyQuantity  # over all lines, in the items' stock units
    lines: tuple[TraceEndShown, ...]


class TraceAnswer(Contract):
    """`partners` for suppliers and customers, `nodes` for parts and stock."""

    start: TraceNodeShown
    reached: int  # parts and steps in reach, the start not counted
    partners: tuple[TracePartner, ...] = ()
    nodes: tuple[TraceNodeShown, ...] = ()
    next_after_n: int | None = None


class TraceBalance(Contract):
    """A part's quantities as the graph knows them; the last is the difference of all others."""

    part_id: UUID
    received: AnyQuantity
    made: AnyQuantity
    split_in: AnyQuantity
    used: AnyQuantity
    split_out: AnyQuantity
    shipped: AnyQuantity
    sent_back: AnyQuantity
    remaining: AnyQuantity
