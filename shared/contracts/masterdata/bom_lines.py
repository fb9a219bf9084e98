"""The lines of a structure as masterdata is told them, by hand or in a row of a file."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.contracts.base import Body, Code, Quantity, Share


class BomSubstituteBody(Body):
    """What may stand in for the line's component; without a quantity, as many as of it."""

    component_code: Code
    quantity: Quantity | None = None
    priority: Annotated[int, Field(ge=1, le=1000)] = 1


def listed_substitutes(value: Any) -> Any:
    """A cell of an import, `CODE; CODE * quantity`, by priority; anything else as it is."""
    if not isinstance(value, str):
        return value
    parts = [part.partition("*") for part in value.split(";") if part.strip()]
    return [
        {"component_code": code.strip(), "quantity": quantity.strip() or None, "priority": place}
        for place, (code, _, quantity) in enumerate(parts, start=1)
    ]


class BomLineBody(Body):
    """`substitutes` of an import's cell stand in order of priority: `CODE; CODE * quantity`."""

    line: Annotated[int, Field(ge=1, le=99_999)]
    component_code: Code
    quantity: Quantity
    scrap: Annotated[Share, Field(lt=1)] = Decimal(0)
    operation: Annotated[int, Field(ge=1, le=99_999)] | None = None
    substitutes: Annotated[
        tuple[BomSubstituteBody, ...],
        BeforeValidator(listed_substitutes),
        Field(max_length=50),
    ] = ()
