"""Posting rules as data: what is posted where, in versions by day."""

from datetime import date
from uuid import UUID

from sqlalchemy import Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Owned


class PostingRule(Owned, ContextRow, table=True):
    """How one event is posted from `valid_from` on, until a later version."""

    __table_args__ = (UniqueConstraint("company_id", "event", "version"),)

    id: UUID = Field(primary_key=True)
    event: str
    version: int
    valid_from: date
    summary_zh: str
    summary_en: str
    lines: list[dict[str, object]] = Field(sa_column=Column(JSONB, nullable=False))
    signed_by: str
