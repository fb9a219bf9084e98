"""Planned orders as callers see and release them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.base import Body, Contract, Quantity


class PlannedOrderShown(Contract):
    id: UUID
    demand_id: UUID
    item_id: UUID
    item_code: str
    item_name: str
    kind: str  # buy, make
    level: int
    quantity: Quantity
    start_on: date
    needed_on: date
    reason: str  # pegging: which order needs it through which parents
    state: str
    run_id: UUID | None = None  # of the plan run that wrote it
    sequence: int = 0
    firm: bool = False
    note: str = ""
    version: int = 1


class ReleasePlanned(Body):
    """Body of `POST /planned-orders/actions/release`: a whole demand, or some planned orders."""

    demand_id: UUID | None = None
    ids: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def names_one_kind(self) -> "ReleasePlanned":
        if (self.demand_id is None) == (not self.ids):
            raise PydanticCustomError("demand_or_ids", "give either demand_id or ids")
        return self


class MadeFirm(Contract):
    """A production order that came out of a release."""

    id: UUID
    number: str
    item_id: UUID
    quantity: Quantity


class PlanReleased(Contract):
    """What a release led to; requisitions follow in procurement by event."""

    demand_ids: tuple[UUID, ...]
    purchases: int
    orders: tuple[MadeFirm, ...]
