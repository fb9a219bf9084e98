"""Which receipts an invoice line settled."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Owned


class InvoiceMatch(Owned, ContextRow, table=True):
    """How much of one receipt an invoice line settled."""

    __table_args__ = (Index("ix_invoice_match_arrival", "company_id", "arrival_id"),)

    invoice_id: UUID = Field(foreign_key="supplier_invoice.id", primary_key=True)
    line: int = Field(primary_key=True)
    arrival_line_id: UUID = Field(primary_key=True)
    arrival_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    accrued: Decimal = Field(max_digits=18, decimal_places=2)
