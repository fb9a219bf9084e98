"""Changes to suppliers and their qualifications; each supplier touched is told in full."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.masters.commands import Saved, by_code, save
from services.masterdata.masters.rules import refuse, unknown
from services.masterdata.suppliers.rules import REQUIRED_KINDS, Paper, is_locked
from services.masterdata.suppliers.tables import Qualification, Supplier
from shared.clock import Clock
from shared.contracts.masterdata.bodies import QualificationBody, SupplierBody
from shared.contracts.masterdata.events import Credential, SupplierPublished
from shared.database import AsyncSession
from shared.outbox import Teller, record, teller
from shared.session import today

NIGHTLY_MAX = 1000  # suppliers per company and run; the rest follow in the next one


async def save_suppliers(session: AsyncSession, wishes: Sequence[SupplierBody]) -> Saved[Supplier]:
    """Create or change suppliers by code."""
    saved = await save(session, Supplier, ("code",), [wish.model_dump() for wish in wishes])
    await tell_suppliers(session, saved.touched)
    return saved


async def save_qualifications(
    session: AsyncSession, wishes: Sequence[QualificationBody]
) -> Saved[Qualification]:
    """Record papers by supplier, kind and number; a renewal may lift the supplier's lock."""
    suppliers = await by_code(session, Supplier, {wish.supplier_code for wish in wishes}, lock=True)
    refuse(unknown("supplier_code", [wish.supplier_code for wish in wishes], suppliers))
    rows = [
        {
            **wish.model_dump(exclude={"supplier_code", "scope"}),
            "supplier_id": suppliers[wish.supplier_code].id,
            "scope": list(wish.scope),
        }
        for wish in wishes
    ]
    saved = await save(session, Qualification, ("supplier_id", "kind", "number"), rows)
    touched = {row.supplier_id for row in saved.touched}
    changed = [supplier for supplier in suppliers.values() if supplier.id in touched]
    papers = await papers_of(session, [supplier.id for supplier in changed])
    for supplier in changed:
        supplier.locked = locked_on(papers[supplier.id], today(session))
        supplier.version += 1
    for supplier in changed:
        record(session, published(supplier, papers[supplier.id]))
    return saved


async def papers_of(
    session: AsyncSession, supplier_ids: Sequence[UUID]
) -> defaultdict[UUID, list[Qualification]]:
    """The active qualifications of suppliers, in the order of their days."""
    papers: defaultdict[UUID, list[Qualification]] = defaultdict(list)
    if not supplier_ids:
        return papers
    found = await session.execute(
        select(Qualification)
        .where(col(Qualification.supplier_id).in_(supplier_ids), col(Qualification.active))
        .order_by(col(Qualification.valid_from), col(Qualification.id))
    )
    for paper in found.scalars():
        papers[paper.supplier_id].append(paper)
    return papers


def locked_on(papers: Sequence[Qualification], day: date) -> bool:
    return is_locked([Paper(one.kind, one.valid_from, one.valid_to) for one in papers], day)


async def describe_suppliers(
    session: AsyncSession, rows: Sequence[Supplier]
) -> list[SupplierPublished]:
    papers = await papers_of(session, [row.id for row in rows])
    return [published(row, papers[row.id]) for row in rows]


def published(row: Supplier, papers: Sequence[Qualification]) -> SupplierPublished:
    return SupplierPublished(
        id=row.id,
        version=row.version,
        active=row.active,
        code=row.code,
        name=row.name,
        currency=row.currency,
        payment_days=row.payment_days,
        qualifications=tuple(Credential.model_validate(one) for one in papers),
        locked=row.locked,
    )


async def tell_suppliers(session: AsyncSession, rows: Sequence[Supplier]) -> None:
    if rows:
        for event in await describe_suppliers(session, rows):
            record(session, event)


async def lock_lapsed(session: AsyncSession, clock: Clock) -> None:
    """Lock the suppliers whose required paper ended before today. A job: of every company."""
    day = clock.today()
    lapsed = (
        select(Qualification.supplier_id)
        .where(col(Qualification.kind).in_(REQUIRED_KINDS), col(Qualification.valid_to) < day)
        .distinct()
    )
    found = await session.execute(
        select(Supplier)
        .where(col(Supplier.id).in_(lapsed), ~col(Supplier.locked), col(Supplier.active))
        .order_by(col(Supplier.id))
        .limit(NIGHTLY_MAX)
        .with_for_update(skip_locked=True)
    )
    suppliers = list(found.scalars())
    papers = await papers_of(session, [supplier.id for supplier in suppliers])
    newly = [one for one in suppliers if locked_on(papers[one.id], day)]
    for supplier in newly:
        supplier.locked = True
        supplier.version += 1
    await session.flush()
    who = teller(session)
    for company_id in sorted({one.company_id for one in newly}):
        session.info["teller"] = Teller(who.context, who.actor, company_id)
        await tell_suppliers(session, [one for one in newly if one.company_id == company_id])
