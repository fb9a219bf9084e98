"""What a claim lacks, and what serves it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.inventory.moves.rules import Free
from shared.contracts.base import Body

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Substitute:
    """What may serve a line: `quantity` of it for `instead_of` of the line's item."""

    item_id: UUID
    quantity: Decimal
    decimals: int
    instead_of: Decimal
    instead_of_decimals: int

    def covers(self, quantity: Decimal) -> Decimal:
        """What so many of it stand in for, in whole steps of the line's item."""
        own = 10**self.decimals
        whole = Fraction(int(Fraction(quantity) * own), own)
        steps = floor(whole * self.ratio * 10**self.instead_of_decimals)
        return Decimal(steps).scaleb(-self.instead_of_decimals)

    def takes(self, missing: Decimal) -> Decimal:
        """What so many of the line's item take of it, rounded up like any issue."""
        steps = ceil(Fraction(missing) / self.ratio * 10**self.decimals)
        return Decimal(steps).scaleb(-self.decimals)

    @property
    def ratio(self) -> Fraction:
        """Of the line's item, for one of it."""
        return Fraction(self.instead_of) / Fraction(self.quantity)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one line still lacks, and its place in the line."""

    reservation_id: UUID
    line_id: UUID
    item_id: UUID
    missing: Decimal
    needed_on: date
    minimum_life_days: int
    asked_at: datetime
    substitutes: tuple[Substitute, ...] = ()

    def last_day(self, today: date) -> date:
        """The day until which a lot must be usable to serve this line."""
        return max(self.needed_on, today) + timedelta(self.minimum_life_days)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a line that one part in one bin serves.

    `serves`: how much of the line's item a substitute stands in for; none of itself.
    """

    wish: Wish
    of: Free
    quantity: Decimal
    serves: Decimal | None = None

    @property
    def counts(self) -> Decimal:
        """What the line is served by it, in units of its own item."""
        return self.quantity if self.serves is None else self.serves


SUBSTITUTES = TypeAdapter(tuple[Substitute, ...])


def allowed(rows: Iterable[Body | Mapping[str, Any]]) -> tuple[Substitute, ...]:
    """Who may serve a line as it is asked for, or as it is stored, in their order."""
    plain = [row.model_dump() if isinstance(row, Body) else row for row in rows]
    return SUBSTITUTES.validate_python(plain)


def stand_in(wish: Wish, by: Substitute, missing: Decimal, shelf: Iterable[Free]) -> list[Share]:
    """As many whole steps of what is missing as the shelf's lots together can stand in for.

    What it takes is rounded up once, not lot by lot; the last lot counts what the others leave.
    What is given falls off the shelf.
    """
    lots = [free for free in shelf if free.quantity > ZERO]
    serves = min(missing, by.covers(sum((free.quantity for free in lots), ZERO)))
    wanted = by.takes(serves) if serves > ZERO else ZERO
    shares: list[Share] = []
    for free in lots:
        if wanted == ZERO:
            break
        given = min(wanted, free.quantity)
        counted = serves if given == wanted else min(serves, part_of(given, by))
        shares.append(Share(wish, free, given, counted))
        free.quantity -= given
        wanted -= given
        serves -= counted
    return shares


def part_of(quantity: Decimal, by: Substitute) -> Decimal:
    """What a part of a substitute's quantity counts for, in the finest steps that are stored."""
    millionths = floor(Fraction(quantity) * by.ratio * 10**6)
    return Decimal(millionths).scaleb(-6)


def fraction_of(serves: Decimal | None, part: Decimal, whole: Decimal) -> Decimal | None:
    """What a part of a pick counts for; none where it is the line's own item."""
    if serves is None or part == whole:
        return serves
    return (serves * part / whole).quantize(FINEST, ROUND_DOWN)
