"""Put-aways over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Contract, Text


class ConfirmPutAway(Body):
    """Body of `POST /put-aways/{id}/actions/confirm`; without `bin_id` the suggested bin."""

    version: int
    bin_id: UUID | None = None
    reason: Text = ""  # needed for another bin than the suggested one


class ConfirmItem(ConfirmPutAway):
    id: UUID


class ConfirmAll(Body):
    """Body of `POST /put-aways/actions/confirm`, all or nothing unless `partial=1`."""

    items: Annotated[tuple[ConfirmItem, ...], Field(min_length=1, max_length=1000)]


class PutAwayShown(Contract):
    id: UUID
    state: str
    version: int
    part_id: UUID
    item_id: UUID
    item_code: str = ""
    lot_number: str
    from_bin_id: UUID
    suggested_bin_id: UUID | None
    bin_id: UUID | None
    document_id: UUID
    document_number: str
    reason: str
    opened_at: datetime
    done_by: str | None
    done_at: datetime | None
    allowed_actions: tuple[str, ...] = ()
