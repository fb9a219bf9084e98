"""Inspection lots as they are listed, shown and signed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.quality.copies.queries import items_by_id
from services.quality.inspections.rules import LIFECYCLE, InspectionUnknown
from services.quality.inspections.tables import Inspection
from services.quality.plans.rules import breaches
from shared.actor import Actor
from shared.contracts.quality.inspections import InspectionListed, InspectionShown
from shared.database import AsyncSession
from shared.listing import Listing
from shared.signatures import content_hash, signatures_of

INSPECTIONS = Listing(
    Inspection,
    filters={
        "state": "in",
        "stage": "in",
        "source_id": "ref",
        "item_id": "ref",
        "opened_on": "range",
    },
    sort=("number", "opened_on", "lot_number"),
    search=("number", "lot_number", "source_number"),
)


def content_of(inspection: Inspection) -> dict[str, Any]:
    """What a signature on the decision stands for: the lot, its plan and what was found."""
    return {
        "number": inspection.number,
        "stage": inspection.stage,
        "source": inspection.source_number,
        "item_id": inspection.item_id,
        "lot_number": inspection.lot_number,
        "quantity": inspection.quantity,
        "characteristics": inspection.characteristics,
        "inspected": inspection.inspected,
        "defects": inspection.defects,
        "measurements": inspection.measurements,
        "note": inspection.note,
        "recorded_by": inspection.recorded_by,
    }


def people_of(inspection: Inspection, actor: Actor) -> dict[str, str]:
    """Whose hands were in it: who recorded, and whether this actor made the lot."""
    maker = actor.subject if actor.subject in inspection.made_by else ""
    return {"recorded_by": inspection.recorded_by or "", "maker": maker}


async def listed(
    session: AsyncSession, inspections: Sequence[Inspection], actor: Actor
) -> list[InspectionListed]:
    items = await items_by_id(session, [one.item_id for one in inspections])
    codes = {id: item.code for id, item in items.items()}
    return [InspectionListed.model_validate(head_of(one, codes, actor)) for one in inspections]


async def shown(session: AsyncSession, id: UUID, actor: Actor) -> InspectionShown:
    inspection = await session.get(Inspection, id)
    if inspection is None or inspection.company_id != actor.company_id:
        raise InspectionUnknown(ids=[id])
    return await sheet_of(session, inspection, actor)


async def sheet_of(session: AsyncSession, inspection: Inspection, actor: Actor) -> InspectionShown:
    """A lot at hand as it is shown."""
    items = await items_by_id(session, [inspection.item_id])
    codes = {id: item.code for id, item in items.items()}
    values = [(one["code"], Decimal(one["value"])) for one in inspection.measurements]
    return InspectionShown.model_validate(
        {
            **inspection.model_dump(),
            **head_of(inspection, codes, actor),
            "breaches": breaches(inspection.characteristics, values),
            "signatures": await signatures_of(session, inspection.id, content_of(inspection)),
        }
    )


def head_of(inspection: Inspection, codes: dict[UUID, str], actor: Actor) -> dict[str, Any]:
    people = people_of(inspection, actor)
    return {
        **inspection.model_dump(),
        "states": {"quality": inspection.state},
        "allowed_actions": LIFECYCLE.allowed(inspection.state, actor, people),
        "item_code": codes.get(inspection.item_id, ""),
        "content_hash": content_hash(content_of(inspection)),
    }
