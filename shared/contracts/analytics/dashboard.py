"""The dashboard, its proof, and the facts behind it."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainSerializer

from shared.contracts.base import Amount, AnyQuantity, Contract
from shared.decimals import plain

Figure = Annotated[
    Decimal, Field(decimal_places=6), PlainSerializer(plain, return_type=str, when_used="json")
]


class Tile(Contract):
    """One figure: its value with the two sums that it is made of, and how it is defined.

    `value` is None when the denominator is zero, never 0 %.
    """

    code: str
    name_en: str
    name_zh: str
    value: Figure | None
    numerator: Figure
    denominator: Figure
    unit: str
    formula_en: str
    formula_zh: str
    documents: int  # how many source documents stand behind it


class Dashboard(Contract):
    """All tiles of a span of days, both inclusive; `as_of` the position heard of each source."""

    first: date
    last: date
    tiles: tuple[Tile, ...]
    hidden: tuple[str, ...]  # tiles that ask for the right to see cost
    as_of: dict[str, int]


class Unequal(Contract):
    """A kept sum that is not what its facts sum up to."""

    sums: str
    grain: str
    key: str
    kept: Figure
    facts: Figure


class Proof(Contract):
    """Every kept sum recomputed from the facts."""

    facts: int
    sums: int
    differences: tuple[Unequal, ...]
    proven: bool


class FactRow(Contract):
    """One line behind a figure, with the document to look at."""

    id: UUID
    grain: str
    day: date
    item_id: UUID
    partner_id: UUID | None
    due_on: date | None
    quantity: AnyQuantity
    loss: AnyQuantity
    amount: Amount
    source: str
    document_id: UUID
    document_number: str


class Rebuilt(Contract):
    """What a rebuild read of each source, up to which position."""

    events: dict[str, int]
    positions: dict[str, int]
    facts: int
