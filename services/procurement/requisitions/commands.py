"""Changes to requisitions."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.procurement.copies.commands import items_by_id
from services.procurement.requisitions.rules import (
    LIFECYCLE,
    OPEN,
    STAGES,
    MoreThanOpen,
    RequisitionUnknown,
    content,
    state_after,
)
from services.procurement.requisitions.tables import CancelledDemand, Requisition
from shared.approvals import (
    Subject,
    approve_all,
    end_approvals,
    reject_all,
    request_approvals,
)
from shared.auth import Actor
from shared.batches import Batch
from shared.contracts.procurement.events import (
    PurchaseApprovalChanged,
    RequisitionClosed,
    RequisitionRaised,
)
from shared.contracts.procurement.requisitions import RaiseRequisition
from shared.contracts.production.events import PlannedPurchasesReleased
from shared.database import AsyncSession, table_of
from shared.ids import derived_id, new_id
from shared.numbers import take_number, take_numbers
from shared.outbox import record, teller
from shared.session import now, today

SERIES = "PR"


async def raise_requisition(
    session: AsyncSession, actor: Actor, wish: RaiseRequisition
) -> Requisition:
    """A draft by hand."""
    await items_by_id(session, actor.company_id, [wish.item_id])
    row = Requisition(
        id=new_id(),
        company_id=actor.company_id,
        number=await take_number(session, actor.company_id, SERIES, today(session)),
        state="draft",
        created_by=actor.subject,
        created_at=now(session),
        origin="manual",
        **wish.model_dump(),
    )
    session.add(row)
    await session.flush()
    return row


async def act_on_requisitions(
    session: AsyncSession, actor: Actor, batch: Batch, verb: str, note: str | None
) -> list[Requisition]:
    """Submit, approve, reject, cancel or close each requisition of a list."""
    rows = await lock_known(session, col(Requisition.id).in_(batch.seen))
    versions = {id: row.version for id, row in rows.items()}
    batch.expect(versions, lambda ids: RequisitionUnknown(ids=ids))
    for row in [rows[id] for id in batch.left()]:
        people = {"created_by": row.created_by, "submitted_by": row.submitted_by}
        with batch.judging(row.id):
            LIFECYCLE.check(verb, row.state, actor, people, note)
    standing = [rows[id] for id in batch.left()]
    last = await decide(session, actor, batch, standing, verb, note or "")
    target = LIFECYCLE[verb].target
    assert target is not None
    done = [rows[id] for id in batch.left()]
    for row in done:
        row.version += 1
        if verb == "approve" and row.id not in last:
            continue  # others must agree as well
        row.state = target
        if verb == "approve":
            tell_raised(session, row)
        elif verb in ("cancel", "close"):
            tell_closed(session, row)
    return done


async def decide(
    session: AsyncSession,
    actor: Actor,
    batch: Batch,
    rows: Sequence[Requisition],
    verb: str,
    note: str,
) -> set[UUID]:
    """The verb's part in the approvals of the requisitions; those that all have agreed to."""
    told_as = PurchaseApprovalChanged
    subjects = [subject_of(row) for row in rows]
    match verb:
        case "submit":
            for row in rows:
                row.submitted_by = actor.subject
            asked = [(subject, STAGES) for subject in subjects]
            await request_approvals(session, asked, actor, told_as)
        case "approve":
            return await approve_all(session, subjects, actor, told_as, note, batch.judging)
        case "reject":
            await reject_all(session, subjects, actor, told_as, note, batch.judging)
        case _:
            pending = [row.id for row in rows if row.state == "submitted"]
            await end_approvals(session, pending, "voided", told_as)
    return set()


def subject_of(row: Requisition) -> Subject:
    facts = row.model_dump()
    summary = {"item_id": str(row.item_id), "quantity": str(row.quantity), "reason": row.reason}
    return Subject(
        "requisition",
        row.id,
        row.number,
        row.version,
        row.company_id,
        content(facts),
        summary,
        authors=(row.created_by,),
    )


async def lock_requisitions(
    session: AsyncSession, ids: Sequence[UUID] | None
) -> dict[UUID, Requisition]:
    """These requisitions, or all open ones, locked in id order. Raises RequisitionUnknown."""
    rows = await lock_known(
        session, col(Requisition.state).in_(OPEN) if ids is None else col(Requisition.id).in_(ids)
    )
    if missing := [id for id in ids or () if id not in rows]:
        raise RequisitionUnknown(ids=missing)
    return rows


async def lock_known(session: AsyncSession, wanted: ColumnElement[bool]) -> dict[UUID, Requisition]:
    """The company's requisitions of which this is true, locked in id order."""
    found = await session.execute(
        select(Requisition)
        .where(col(Requisition.company_id) == teller(session).company_id, wanted)
        .order_by(col(Requisition.id))
        .with_for_update()
    )
    return {row.id: row for row in found.scalars()}


def take_ordered(session: AsyncSession, row: Requisition, quantity: Decimal) -> None:
    """So much more is on purchase orders; the row is locked."""
    if row.ordered + quantity > row.quantity:
        raise MoreThanOpen(
            number=row.number, open_quantity=row.quantity - row.ordered, asked=quantity
        )
    row.ordered += quantity
    row.state, row.version = state_after(row.ordered, row.quantity), row.version + 1
    if row.state == "ordered":
        tell_closed(session, row)


async def give_back(session: AsyncSession, quantities: Mapping[UUID, Decimal]) -> list[Requisition]:
    """Orders fell away: so much of each requisition is open again, unless nobody needs it now.

    The rows changed, under their locks.
    """
    if not quantities:
        return []
    rows = await lock_requisitions(session, list(quantities))
    for id, quantity in quantities.items():
        row = rows[id]
        row.ordered -= min(quantity, row.ordered)
        row.version += 1
        if row.state in ("ordered", "partially_ordered"):
            row.state = state_after(row.ordered, row.quantity)
    return list(rows.values())


async def raise_planned(session: AsyncSession, event: PlannedPurchasesReleased) -> None:
    """One requisition per planned order, born approved; cancelled when its demand is given up."""
    company_id = teller(session).company_id
    known = await session.execute(
        select(col(Requisition.planned_order_id)).where(
            col(Requisition.planned_order_id).in_([one.planned_order_id for one in event.lines])
        )
    )
    seen = set(known.scalars())
    lines = [line for line in event.lines if line.planned_order_id not in seen]
    if not lines:
        return
    given_up = await given_up_among(session, {line.demand_id for line in lines})
    numbers = await take_numbers(session, company_id, SERIES, today(session), len(lines))
    rows = [
        Requisition(
            id=derived_id(line.planned_order_id, "requisition"),
            company_id=company_id,
            number=number,
            state="cancelled" if line.demand_id in given_up else "approved",
            created_by=teller(session).actor,
            created_at=now(session),
            origin="planned",
            **line.model_dump(),
        )
        for line, number in zip(lines, numbers, strict=True)
    ]
    session.add_all(rows)
    for row in rows:
        tell_raised(session, row)
        if row.state == "cancelled":
            tell_closed(session, row)


async def given_up_among(session: AsyncSession, demand_ids: set[UUID]) -> set[UUID]:
    found = await session.execute(
        select(col(CancelledDemand.demand_id)).where(col(CancelledDemand.demand_id).in_(demand_ids))
    )
    return set(found.scalars())


async def drop_demand(session: AsyncSession, demand_id: UUID) -> None:
    """Nobody needs it any more: what is not ordered falls away, now and when it comes later."""
    values: dict[str, Any] = {
        "company_id": teller(session).company_id,
        "demand_id": demand_id,
        "cancelled_at": now(session),
    }
    stone = insert(table_of(CancelledDemand)).values(values)
    await session.execute(stone.on_conflict_do_nothing())
    found = await session.execute(
        select(Requisition)
        .where(col(Requisition.demand_id) == demand_id, col(Requisition.state).in_(OPEN))
        .order_by(col(Requisition.id))
        .with_for_update()
    )
    for row in found.scalars():
        row.state = "cancelled" if row.ordered == 0 else "closed"
        row.version += 1
        tell_closed(session, row)


def tell_raised(session: AsyncSession, row: Requisition) -> None:
    record(
        session,
        RequisitionRaised(
            requisition_id=row.id,
            number=row.number,
            item_id=row.item_id,
            quantity=row.quantity,
            needed_on=row.needed_on,
            demand_id=row.demand_id,
            planned_order_id=row.planned_order_id,
        ),
    )


def tell_closed(session: AsyncSession, row: Requisition) -> None:
    record(
        session,
        RequisitionClosed(
            requisition_id=row.id,
            number=row.number,
            planned_order_id=row.planned_order_id,
            state=row.state,
        ),
    )
