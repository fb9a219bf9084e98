"""Payments to suppliers: proposal, approval, execution (B11)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Amount, Body, Contract, Currency


class ProposePayment(Body):
    """Body of `POST /payments`: settle these invoices of one supplier in full.

    Without `invoice_ids`: everything of the supplier that is due by `due_by` (today by default).
    """

    supplier_id: UUID
    invoice_ids: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    due_by: date | None = None


class PaymentLine(Contract):
    invoice_id: UUID
    number: str
    amount: Amount
    due_on: date


class Payment(Contract):
    id: UUID
    number: str
    supplier_id: UUID
    version: int
    state: str
    currency: Currency
    amount: Amount
    paid_on: date | None
    lines: tuple[PaymentLine, ...]
    created_by: str
    approved_by: str | None
    note: str
    allowed_actions: tuple[str, ...]


class PaymentRow(Contract):
    id: UUID
    number: str
    supplier_id: UUID
    version: int
    state: str
    currency: Currency
    amount: Amount


class PaymentProposal(Contract):
    """What could be paid to one supplier in one currency, oldest due first."""

    supplier_id: UUID
    currency: Currency
    amount: Amount
    invoices: tuple[PaymentLine, ...]
