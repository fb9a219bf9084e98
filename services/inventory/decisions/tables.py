"""What quality decided about purchased goods."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned


class DecisionHeard(Owned, ContextRow, table=True):
    """What quality decided about an arrival line, kept until the line has arrived here too."""

    inspection_id: UUID = Field(primary_key=True)
    line_id: UUID = Field(index=True)
    number: str
    accepted: Decimal = Field(max_digits=18, decimal_places=6)
    conceded: Decimal = Field(max_digits=18, decimal_places=6)
    rejected: Decimal = Field(max_digits=18, decimal_places=6)
    applied: bool = False
