"""What became of what: a projection of events that can be cleared and rebuilt from the feeds."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Identity, Index, Integer, UniqueConstraint
from sqlmodel import Field

from services.quality.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

WHY = "a projection of events, rebuilt from their feeds"


def sums() -> Decimal:
    """A quantity of a node, summed in SQL as edges and ends come in."""
    return Field(  # type: ignore[no-any-return]
        default=Decimal(0),
        max_digits=18,
        decimal_places=6,
        sa_column_kwargs={"server_default": "0"},
    )


class TraceNode(Owned, ContextRow, table=True):
    """A part, or a step that turns parts into parts. `n` is private and follows arrival.

    A node may be a stub: its edges came before its own event.
    """

    __table_args__ = (
        UniqueConstraint("id"),
        CheckConstraint("kind IN ('part', 'step')", name="kind"),
        Index("ix_trace_node_lot", "company_id", "lot_number"),
        Index("ix_trace_node_serial", "company_id", "serial"),
        policy(unaudited=WHY),
    )

    n: int = Field(sa_column=Column(Integer, Identity(), primary_key=True))
    id: UUID
    kind: str
    item_id: UUID | None
    lot_id: UUID | None
    lot_number: str = ""
    serial: str = ""
    maker_lot: str = ""
    number: str = ""  # of the document that bore it, or that the step is
    quality: str = ""
    blocks: str = ""
    quality_seq: int = 0  # the part's event counter at its last status
    usable_until: date | None
    born_on: date | None
    received: Decimal = sums()
    made: Decimal = sums()
    split_in: Decimal = sums()
    used: Decimal = sums()
    split_out: Decimal = sums()
    shipped: Decimal = sums()
    sent_back: Decimal = sums()


class TraceEdge(ContextRow, table=True):
    """`quantity` went from one node to another under a document; netted to 0, it is not walked."""

    __table_args__ = (
        Index("ix_trace_edge_back", "dst", postgresql_include=["src", "quantity"]),
        policy(unaudited=WHY),
    )

    src: int = Field(foreign_key="trace_node.n", primary_key=True)
    dst: int = Field(foreign_key="trace_node.n", primary_key=True)
    document: UUID = Field(primary_key=True)
    kind: str  # used, made, split
    quantity: Decimal = Field(max_digits=18, decimal_places=6)


class TraceEnd(ContextRow, table=True):
    """Where goods came in or went out: from a supplier, to a customer, back to a supplier."""

    __table_args__ = (
        CheckConstraint("kind IN ('received', 'shipped', 'sent_back')", name="kind"),
        Index("ix_trace_end_partner", "partner_id"),
        policy(unaudited=WHY),
    )

    part: int = Field(foreign_key="trace_node.n", primary_key=True)
    document: UUID = Field(primary_key=True)
    line: UUID = Field(primary_key=True)
    kind: str
    partner_id: UUID | None
    number: str
    day: date
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
