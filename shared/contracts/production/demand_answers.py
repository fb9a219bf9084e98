"""Demands as callers see them."""

from datetime import date, datetime
from uuid import UUID

from shared.contracts.base import Contract, Quantity


class DemandListed(Contract):
    id: UUID
    number: str  # of the document that needs it
    version: int
    state: str  # open, planned, released, covered, cancelled
    allowed_actions: tuple[str, ...]
    created_at: datetime


class DemandLineShown(Contract):
    line_id: UUID
    item_id: UUID
    item_code: str
    quantity: Quantity
    needed_on: date


class DemandShown(DemandListed):
    lines: tuple[DemandLineShown, ...]
