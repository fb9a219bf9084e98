"""What a claim lacks, and what serves it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from services.inventory.moves.rules import Free


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

    def last_day(self, today: date) -> date:
        """The day until which a lot must be usable to serve this line."""
        return max(self.needed_on, today) + timedelta(self.minimum_life_days)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a line that one part in one bin serves."""

    wish: Wish
    of: Free
    quantity: Decimal
