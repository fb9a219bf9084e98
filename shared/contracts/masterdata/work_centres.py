"""Work centres as callers enter and see them."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Code, Contract, Name, Price, Quantity


class WorkCentreBody(Body):
    """Rates are company currency per hour.

    On a working day it does `units` (side by side) × `hours_per_day` × `efficiency` standard hours.
    """

    code: Code
    name: Name
    labour_rate: Price = Decimal(0)
    overhead_rate: Price = Decimal(0)
    units: Annotated[int, Field(ge=1, le=1000)] = 1
    hours_per_day: Annotated[Quantity, Field(le=24)] = Decimal(8)
    efficiency: Annotated[Quantity, Field(le=2)] = Decimal(1)


class WorkCentreShown(Contract):
    """Without rates: they are cost, told to finance alone."""

    id: UUID
    version: int
    active: bool
    code: str
    name: str
    units: int
    hours_per_day: Quantity
    efficiency: Quantity
