"""The decision on inspection lots: signed, whole, by somebody else than who recorded or made."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.quality.decisions.rules import check_decision, state_after
from services.quality.inspections.commands import lock_found, tell_sources
from services.quality.inspections.queries import content_of, people_of
from services.quality.inspections.rules import LIFECYCLE, MEANING
from services.quality.inspections.tables import Inspection
from services.quality.plans.rules import breaches, registered_among
from shared.actor import Actor
from shared.contracts.quality.events import InspectionDecided
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
    found = await lock_sources(session, [wish.id for wish in wishes], actor)
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


async def lock_sources(
    session: AsyncSession, ids: Sequence[UUID], actor: Actor
) -> dict[UUID, Inspection]:
    """The lots by id, locked in id order with every lot of their sources.

    So the last of two deciders sees the other's decision.
    """
    beside = select(col(Inspection.source_id)).where(
        col(Inspection.id).in_(ids), col(Inspection.company_id) == actor.company_id
    )
    return await lock_found(session, ids, col(Inspection.source_id).in_(beside))


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
