"""Registrations and filings of devices."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class Certificate(Master, ContextRow, table=True):
    """A registration (class II, III) or filing (class I); valid on days both inclusive."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("device_class BETWEEN 1 AND 3", name="device_class"),
        CheckConstraint("device_class = 1 OR valid_to IS NOT NULL", name="has_end"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
    )

    number: str
    holder: str
    product: str
    device_class: int
    valid_from: date
    valid_to: date | None


class CertificateItem(Master, ContextRow, table=True):
    """One model of a certificate's list; an item is covered by one certificate at a time."""

    __table_args__ = (UniqueConstraint("certificate_id", "item_id"),)

    certificate_id: UUID = Field(foreign_key="certificate.id")
    item_id: UUID = Field(foreign_key="item.id", index=True)
