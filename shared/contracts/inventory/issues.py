"""Issues to production and returns from it, over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import AnyQuantity, Body, Contract, Quantity


class IssueInstead(Body):
    """A lot part for a line of the order, instead of what the line holds.

    It is of the line's own item or of a substitute that its structure allows; `quantity` is of it.
    """

    line_id: UUID
    part_id: UUID
    quantity: Quantity


class IssueOrder(Body):
    """Body of `POST /issues`: hand out what the production order holds.

    `instead` names lots that are taken first; what they leave of their lines is taken of what is
    held, the first expiring first.
    """

    order_id: UUID
    instead: Annotated[tuple[IssueInstead, ...], Field(max_length=500)] = ()


class IssueOrders(Body):
    """Body of `POST /issues/actions/issue`: several orders, all or nothing."""

    order_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=200)]


class IssueLineShown(Contract):
    id: UUID
    line_id: UUID
    item_id: UUID
    part_id: UUID
    lot_number: str
    serial: str
    bin_id: UUID
    quantity: Quantity
    returned: AnyQuantity
    serves: AnyQuantity | None = None  # a substitute's: of the line's own item


class IssueShown(Contract):
    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    order_id: UUID
    order_number: str
    issued_on: date
    created_by: str
    created_at: datetime
    lines: tuple[IssueLineShown, ...]
    allowed_actions: tuple[str, ...] = ()


class IssuesShown(Contract):
    items: tuple[IssueShown, ...]


class ReturnLine(Body):
    line_id: UUID
    part_id: UUID
    quantity: Quantity


class ReturnIssued(Body):
    """Body of `POST /issue-returns`: without lines, everything that is still out comes back."""

    order_id: UUID
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=500)] | None = None


class IssueReturnShown(Contract):
    id: UUID
    number: str
    version: int
    state: str
    order_id: UUID
    order_number: str
    returned_on: date
    created_by: str
    created_at: datetime
