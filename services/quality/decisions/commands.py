"""The decision on inspection lots: signed, whole, by somebody else than who recorded or made."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.quality.decisions.rules import check_decision, state_after
from services.quality.inspections.commands import lock_inspections
from services.quality.inspections.queries import content_of, people_of
from services.quality.inspections.rules import LIFECYCLE, MEANING
from services.quality.inspections.tables import Inspection
from services.quality.plans.rules import breaches, registered_among
from shared.actor import Actor
from shared.contracts.procurement.events import ArrivalLine
from shared.contracts.quality.events import InspectionDecided, SourceInspected, Stage
from shared.contracts.quality.inspections import DecideItem
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record
from shared.session import today
from shared.signatures import Signable, sign_all


async def decide(
    session: AsyncSession, wishes: Sequence[DecideItem], token: str | None, actor: Actor
) -> list[Inspection]:
    """Decide lots with one signature, all or nothing; what is wrong with one refuses all."""
    await lock_sources(session, [wish.id for wish in wishes])
    found = await lock_inspections(session, [wish.id for wish in wishes], actor)
    for wish in wishes:
        check(found[wish.id], wish, actor)
    documents = [
        Signable("inspection", one.id, one.version, content_of(one)) for one in found.values()
    ]
    signatures = await sign_all(session, actor, token, documents, meaning=MEANING)
    for wish in wishes:
        write(found[wish.id], wish, actor, today(session))
        tell(session, found[wish.id], signatures[wish.id].id)
    await session.flush()
    await tell_sources(session, {one.source_id for one in found.values()})
    return [found[wish.id] for wish in wishes]


async def lock_sources(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Every lot of the sources, so that the last of two deciders sees the other's decision."""
    beside = select(col(Inspection.source_id)).where(col(Inspection.id).in_(ids))
    await session.execute(
        select(col(Inspection.id))
        .where(col(Inspection.source_id).in_(beside))
        .order_by(col(Inspection.id))
        .with_for_update()
    )


def check(inspection: Inspection, wish: DecideItem, actor: Actor) -> None:
    LIFECYCLE.check("decide", inspection.state, actor, people_of(inspection, actor))
    expect_version(wish.version, inspection.version)
    values = [(one["code"], Decimal(one["value"])) for one in inspection.measurements]
    missed = registered_among(
        inspection.characteristics, breaches(inspection.characteristics, values)
    )
    check_decision(
        inspection.quantity, wish.accepted, wish.conceded, wish.rejected, wish.reason, missed
    )


def write(inspection: Inspection, wish: DecideItem, actor: Actor, day: date) -> None:
    inspection.accepted, inspection.conceded = wish.accepted, wish.conceded
    inspection.rejected, inspection.reason = wish.rejected, wish.reason
    inspection.decided_by, inspection.decided_on = actor.subject, day
    inspection.state = state_after(wish.accepted, wish.conceded, wish.rejected)
    inspection.version += 1


def tell(session: AsyncSession, inspection: Inspection, signature_id: UUID) -> None:
    told: dict[str, Any] = {
        **inspection.model_dump(),
        "inspection_id": inspection.id,
        "signature_id": signature_id,
    }
    record(session, InspectionDecided.model_validate(told))


async def tell_sources(session: AsyncSession, source_ids: Iterable[UUID]) -> None:
    """Answer the sagas of the sources whose lots are all decided now. One statement."""
    rows = await session.execute(
        select(
            col(Inspection.source_id),
            col(Inspection.stage),
            func.sum(Inspection.accepted),
            func.sum(Inspection.conceded),
            func.sum(Inspection.rejected),
        )
        .where(col(Inspection.source_id).in_(set(source_ids)), col(Inspection.state) != "cancelled")
        .group_by(col(Inspection.source_id), col(Inspection.stage))
        .having(func.bool_and(col(Inspection.decided_on).is_not(None)))
        .order_by(col(Inspection.source_id))
    )
    for source_id, stage, accepted, conceded, rejected in rows:
        record(
            session,
            SourceInspected(
                saga_id=source_id,
                stage=stage,
                accepted=accepted,
                conceded=conceded,
                rejected=rejected,
            ),
        )


async def tell_inspected(
    session: AsyncSession, source_id: UUID, stage: Stage, lines: Sequence[ArrivalLine]
) -> None:
    """A source of which nothing needs inspection: its saga need not wait."""
    total = sum((line.quantity for line in lines), Decimal(0))
    record(
        session,
        SourceInspected(
            saga_id=source_id,
            stage=stage,
            accepted=total,
            conceded=Decimal(0),
            rejected=Decimal(0),
        ),
    )
