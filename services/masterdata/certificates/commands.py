"""Changes to certificates; the items they cover learn of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.certificates.rules import faults_of, normalised
from services.masterdata.certificates.tables import Certificate, CertificateItem
from services.masterdata.items.commands import link_certificate
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, save
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
    saved = await save(session, Certificate, ("number",), rows)
    numbers = {row.number: row for row in saved.all}
    relisted: set[UUID] = set()
    for wish in wishes:
        certificate = numbers[normalised(wish.number)]
        covered = [items[code] for code in wish.item_codes]
        if await list_items(session, certificate, covered):
            relisted.add(certificate.id)
            await link_certificate(session, certificate.number, certificate.id, covered)
    for row in [row for row in saved.unchanged if row.id in relisted]:
        row.version += 1
        saved.unchanged.remove(row)
        saved.changed.append(row)
    await tell_certificates(session, saved.touched)
    return saved


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


async def list_items(
    session: AsyncSession, certificate: Certificate, covered: Sequence[Item]
) -> bool:
    """Bring the certificate's list to `covered`; True when that changes it."""
    found = await session.execute(
        select(CertificateItem).where(col(CertificateItem.certificate_id) == certificate.id)
    )
    standing = {row.item_id: row for row in found.scalars()}
    before = {id for id, row in standing.items() if row.active}
    wanted = {item.id for item in covered}
    keys = ("certificate_id", "item_id")
    wishes = [
        {"certificate_id": certificate.id, "item_id": id, "active": id in wanted}
        for id in sorted(wanted | before)
    ]
    if before == wanted:
        return False
    await save(session, CertificateItem, keys, wishes)
    return True


async def describe_certificates(
    session: AsyncSession, rows: Sequence[Certificate]
) -> list[CertificatePublished]:
    found = await session.execute(
        select(CertificateItem).where(
            col(CertificateItem.certificate_id).in_([row.id for row in rows]),
            col(CertificateItem.active),
        )
    )
    items: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in found.scalars():
        items[row.certificate_id].append(row.item_id)
    return [
        CertificatePublished.model_validate(
            {**row.model_dump(), "item_ids": tuple(sorted(items[row.id]))}
        )
        for row in rows
    ]


async def tell_certificates(session: AsyncSession, rows: Sequence[Certificate]) -> None:
    if rows:
        for event in await describe_certificates(session, rows):
            record(session, event)
