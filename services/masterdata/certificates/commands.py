"""Changes to certificates; the items they cover learn of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.certificates.rules import faults_of, normalised
from services.masterdata.certificates.tables import Certificate, CertificateItem
from services.masterdata.items.commands import link_certificates
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, lock_by_key, merged, write
from services.masterdata.masters.rules import NOT_KNOWN, Fault, refuse
from shared.contracts.masterdata.bodies import CertificateBody
from shared.contracts.masterdata.events import CertificatePublished
from shared.database import AsyncSession
from shared.outbox import record
from shared.session import today


async def save_certificates(
    session: AsyncSession, wishes: Sequence[CertificateBody]
) -> Saved[Certificate]:
    """Create or change certificates by number, with the list of items that each covers."""
    items = await by_code(session, Item, {code for w in wishes for code in w.item_codes}, lock=True)
    refuse(faults_among(session, wishes, items))
    rows = [
        wish.model_dump(exclude={"item_codes"}) | {"number": normalised(wish.number)}
        for wish in wishes
    ]
    standing = await lock_by_key(
        session, Certificate, ("number",), [(row["number"],) for row in rows]
    )
    saved = merged(session, Certificate, ("number",), standing, rows)
    listed = await listed_of(session, [row.id for row in standing.values()])
    numbers = {row.number: row for row in saved.all}
    asked = [
        (numbers[normalised(wish.number)], [items[code] for code in wish.item_codes])
        for wish in wishes
    ]
    lists = merged_lists(session, saved, listed, asked)
    touched = {row.certificate_id for row in lists.touched}
    await write(session, (Certificate, saved), (CertificateItem, lists))
    await link_certificates(
        session, [(one.number, one.id, covered) for one, covered in asked if one.id in touched]
    )
    await tell_certificates(session, saved.touched)
    return saved


def merged_lists(
    session: AsyncSession,
    saved: Saved[Certificate],
    listed: Mapping[UUID, Sequence[CertificateItem]],
    asked: Sequence[tuple[Certificate, Sequence[Item]]],
) -> Saved[CertificateItem]:
    """Each certificate's list brought to what it covers; a changed list changes its head."""
    rows: list[dict[str, Any]] = []
    for certificate, covered in asked:
        before = {row.item_id for row in listed.get(certificate.id, ()) if row.active}
        wanted = {item.id for item in covered}
        rows += [
            {"certificate_id": certificate.id, "item_id": id, "active": id in wanted}
            for id in sorted(wanted ^ before)
        ]
    standing = {(row.certificate_id, row.item_id): row for own in listed.values() for row in own}
    lists = merged(session, CertificateItem, ("certificate_id", "item_id"), standing, rows)
    touched = {row.certificate_id for row in lists.touched}
    for row in [row for row in saved.unchanged if row.id in touched]:
        row.version += 1
        saved.unchanged.remove(row)
        saved.changed.append(row)
    return lists


def faults_among(
    session: AsyncSession, wishes: Sequence[CertificateBody], items: Mapping[str, Item]
) -> list[Fault]:
    faults: list[Fault] = []
    for place, wish in enumerate(wishes):
        number = normalised(wish.number)
        faults += faults_of(place, number, wish.device_class, wish.valid_to, today(session))
        faults += [
            Fault(place, "item_codes", "unknown_code", NOT_KNOWN, code)
            for code in wish.item_codes
            if code not in items
        ]
    return faults


async def listed_of(
    session: AsyncSession, certificate_ids: Sequence[UUID]
) -> defaultdict[UUID, list[CertificateItem]]:
    """What each certificate lists or has listed."""
    listed: defaultdict[UUID, list[CertificateItem]] = defaultdict(list)
    if certificate_ids:
        found = await session.execute(
            select(CertificateItem).where(col(CertificateItem.certificate_id).in_(certificate_ids))
        )
        for row in found.scalars():
            listed[row.certificate_id].append(row)
    return listed


async def describe_certificates(
    session: AsyncSession, rows: Sequence[Certificate]
) -> list[CertificatePublished]:
    listed = await listed_of(session, [row.id for row in rows])
    items = {id: [row.item_id for row in own if row.active] for id, own in listed.items()}
    return [
        CertificatePublished.model_validate(
            {**row.model_dump(), "item_ids": tuple(sorted(items.get(row.id, ())))}
        )
        for row in rows
    ]


async def tell_certificates(session: AsyncSession, rows: Sequence[Certificate]) -> None:
    if rows:
        for event in await describe_certificates(session, rows):
            record(session, event)
