"""Requisitions as their callers see them: bodies and answers."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.base import AnyQuantity, Body, Contract, Price, Quantity, Reason


class RaiseRequisition(Body):
    """A need entered by hand."""

    item_id: UUID
    quantity: Quantity
    needed_on: date
    reason: Reason


class Requisition(Contract):
    """A need and how much of it is ordered; `open_quantity` is what is still to be ordered."""

    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    allowed_actions: tuple[str, ...]
    item_id: UUID
    item_code: str
    item_name: str
    quantity: AnyQuantity
    ordered: AnyQuantity
    open_quantity: AnyQuantity
    needed_on: date
    reason: str
    origin: str
    demand_id: UUID | None
    planned_order_id: UUID | None
    created_by: str
    content_hash: str


class Override(Body):
    """A person's choice for one requisition: another source or only a part, and why."""

    requisition_id: UUID
    source_id: UUID | None = None
    quantity: Quantity | None = None
    reason: Reason


class ConvertRequisitions(Body):
    """Body of `POST /requisitions/actions/convert`: these, or everything that is open."""

    ids: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    all_open: bool = False
    overrides: Annotated[tuple[Override, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def names_something(self) -> "ConvertRequisitions":
        if bool(self.ids) == self.all_open:
            raise PydanticCustomError("ids_or_all_open", "give ids or all_open")
        return self


class Said(Contract):
    """One reason behind a choice, in both languages, with its points."""

    code: str
    en: str
    zh: str
    points: AnyQuantity = Field(default=0)  # type: ignore[assignment]


class ScoredSource(Contract):
    """One approved source for a need; `eligible` False: it may not be used, the reasons say why."""

    source_id: UUID
    supplier_id: UUID
    supplier_code: str
    supplier_name: str
    eligible: bool
    score: AnyQuantity
    order_quantity: AnyQuantity
    price: Price | None
    currency: str | None
    cost: AnyQuantity | None  # company currency, of the order quantity
    due_on: date  # a working day
    order_by: date  # the last working day on which ordering there is in time
    reasons: tuple[Said, ...]


class Unsourced(Contract):
    """An open need that no source can serve now."""

    requisition_id: UUID
    number: str
    item_id: UUID
    item_code: str
    reasons: tuple[Said, ...]


class ConvertedOrder(Contract):
    id: UUID
    number: str
    version: int
    supplier_id: UUID
    supplier_name: str
    lines: int
    gross: AnyQuantity
    currency: str


class ConvertedRequisitions(Contract):
    orders: tuple[ConvertedOrder, ...]
    unsourced: tuple[Unsourced, ...]


Approvals = list[dict[str, Any]]
