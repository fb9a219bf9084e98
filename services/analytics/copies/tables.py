"""Names for what figures speak about."""

from uuid import UUID

from sqlmodel import Field

from services.analytics.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

REBUILT = "a rebuild clears it and reads the sources' feeds again"


class Dimension(Owned, ContextRow, table=True):
    """An item, customer, supplier or work centre as last heard."""

    __table_args__ = (policy(unaudited="a copy of masterdata's master", deletable=REBUILT),)

    id: UUID = Field(primary_key=True)
    version: int
    kind: str
    code: str
    name: str
