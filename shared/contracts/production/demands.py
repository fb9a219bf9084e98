"""What production is asked to cover."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Name, Quantity


class DemandLine(Body):
    line_id: UUID
    item_id: UUID
    quantity: Quantity
    needed_on: date


class RaiseDemand(Body):
    """Body of `PUT /demands/{id}`; the id is the sales order's. `DELETE` gives it up."""

    number: Name  # of the document that needs it
    lines: Annotated[tuple[DemandLine, ...], Field(min_length=1, max_length=500)]
