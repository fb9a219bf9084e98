"""Quality's decision divides what arrived: each share gets its status, its place and its story."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.inventory.copies.queries import items_of
from services.inventory.decisions.rules import Division, Standing, divisions, taken_from
from services.inventory.decisions.tables import DecisionHeard
from services.inventory.lots.commands import PartDraft, create_parts, set_quality
from services.inventory.lots.tables import LotPart
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.moves.tables import Balance
from services.inventory.places.queries import places_for
from services.inventory.places.rules import Place, suggest
from services.inventory.put_aways.commands import Accepted, plan_put_aways
from services.inventory.receipts.commands import set_shares
from services.inventory.receipts.tables import ReceiptLine
from services.inventory.reservations.commands import restock
from shared.contracts.inventory.events import LotPartSplit, PartQualityChanged, StockAccepted
from shared.contracts.quality.events import InspectionDecided
from shared.database import AsyncSession, table_of
from shared.ids import derived_id
from shared.outbox import record, teller
from shared.session import today


@dataclass(slots=True)
class Work:
    """What carrying out one decision writes."""

    drafts: list[PartDraft] = field(default_factory=list[PartDraft])
    postings: list[Posting] = field(default_factory=list[Posting])
    accepted: list[Accepted] = field(default_factory=list[Accepted])


async def hear_decision(session: AsyncSession, decision: InspectionDecided) -> None:
    """Keep quality's decision, and carry it out when the goods are here; twice is calm."""
    await lock_items(session, [decision.item_id])
    await session.execute(
        insert(table_of(DecisionHeard))
        .values(
            inspection_id=decision.inspection_id,
            company_id=teller(session).company_id,
            line_id=decision.line_id,
            number=decision.number,
            accepted=decision.accepted,
            conceded=decision.conceded,
            rejected=decision.rejected,
            applied=False,
        )
        .on_conflict_do_nothing()
    )
    await judge_waiting(session, [decision.line_id])


async def judge_waiting(session: AsyncSession, line_ids: Sequence[UUID]) -> None:
    """Carry out the decisions whose goods are here. The caller holds the items' locks."""
    heard = await session.execute(
        select(DecisionHeard, ReceiptLine)
        .join(ReceiptLine, col(ReceiptLine.id) == col(DecisionHeard.line_id))
        .where(
            col(DecisionHeard.line_id).in_(line_ids),
            col(DecisionHeard.applied).is_(False),
            col(ReceiptLine.state) == "arrived",
        )
        .order_by(col(ReceiptLine.id))
    )
    found = heard.all()
    for decision, line in found:
        await judge(session, decision, line)
        decision.applied = True
    if found:
        await restock(session, {line.item_id for _, line in found})


async def judge(session: AsyncSession, decision: DecisionHeard, line: ReceiptLine) -> None:
    shares = divisions(line.quantity, decision.accepted, decision.conceded, decision.rejected)
    item = (await items_of(session, [line.item_id]))[line.item_id]
    places = await places_for(session, ("released", "rejected"), [item.storage_class])
    part = await session.get_one(LotPart, line.part_id)

    work = divided(line, part, item.storage_class, shares, await standing_of(session, part), places)

    await create_parts(session, work.drafts)
    await set_quality(session, {part.id: shares[0].quality})
    await post(session, work.postings)
    classes = {item.id: item.storage_class}
    await plan_put_aways(session, work.accepted, places, classes)
    await set_shares(session, line, decision.accepted, decision.conceded, decision.rejected)
    for place, share in enumerate(shares):
        tell_share(session, decision, line, part, share, first=place == 0)


def divided(
    line: ReceiptLine,
    part: LotPart,
    storage_class: str,
    shares: Sequence[Division],
    standing: Sequence[Standing],
    places: Sequence[Place],
) -> Work:
    """The writing that gives each share its part and its place; the first keeps the old part."""
    work = Work()
    left: Sequence[Standing] = standing
    for share in reversed(shares):
        first = share is shares[0]
        part_id = part.id if first else part_of_share(part.id, share)
        taken, left = taken_from(left, share.quantity)
        target = (
            suggest(places, "rejected", storage_class, part.lot_id).id
            if share.quality == "rejected"
            else None
        )
        if not first:
            work.drafts.append(draft_of(part, part_id, share))
        for stood in taken:
            work.postings += moved(line, part_id, stood, target, first=first)
        if target is None:
            work.accepted += [
                Accepted(
                    part_id,
                    line.item_id,
                    part.lot_id,
                    part.lot_number,
                    stood.bin_id,
                    line.arrival_id,
                    line.arrival_number,
                )
                for stood in taken[:1]
            ]
    return work


def moved(
    line: ReceiptLine, part_id: UUID, stood: Standing, target: UUID | None, *, first: bool
) -> list[Posting]:
    """The ledger's lines for one share in one bin: split off, brought away, or none."""
    item, quantity, origin = line.item_id, stood.quantity, stood.bin_id
    if not first:
        moves = [
            Posting(line.part_id, item, quantity, "split", from_bin=origin),
            Posting(part_id, item, quantity, "split", to_bin=target or origin),
        ]
    elif target is not None and target != origin:
        moves = [Posting(part_id, item, quantity, "reject", from_bin=origin, to_bin=target)]
    else:
        moves = []
    return [
        replace(move, document_id=line.arrival_id, document_number=line.arrival_number)
        for move in moves
    ]


def part_of_share(part_id: UUID, share: Division) -> UUID:
    return derived_id(part_id, share.quality)


def draft_of(part: LotPart, part_id: UUID, share: Division) -> PartDraft:
    return PartDraft(
        id=part_id,
        item_id=part.item_id,
        lot_number=part.lot_number,
        quality=share.quality,
        source=part.source,
        document_id=part.document_id,
        usable_until=part.usable_until,
        line_id=part.line_id,
    )


async def standing_of(session: AsyncSession, part: LotPart) -> list[Standing]:
    rows = await session.execute(
        select(col(Balance.bin_id), col(Balance.on_hand))
        .where(col(Balance.part_id) == part.id, col(Balance.on_hand) > 0)
        .order_by(col(Balance.bin_id))
    )
    return [Standing(bin_id, quantity) for bin_id, quantity in rows]


def tell_share(
    session: AsyncSession,
    decision: DecisionHeard,
    line: ReceiptLine,
    part: LotPart,
    share: Division,
    *,
    first: bool,
) -> None:
    part_id = part.id if first else part_of_share(part.id, share)
    common = {
        "part_id": part_id,
        "lot_number": part.lot_number,
        "item_id": part.item_id,
        "quantity": share.quantity,
        "quality": share.quality,
        "document_id": decision.inspection_id,
    }
    if first:
        record(session, PartQualityChanged.model_validate(common))
    else:
        split = common | {"from_part_id": part.id, "lot_id": part.lot_id}
        record(session, LotPartSplit.model_validate(split))
    if share.quality != "rejected":
        tell_accepted(session, line, part_id, share)


def tell_accepted(session: AsyncSession, line: ReceiptLine, part_id: UUID, share: Division) -> None:
    record(
        session,
        StockAccepted(
            arrival_id=line.arrival_id,
            arrival_number=line.arrival_number,
            arrival_line_id=line.id,
            order_id=line.order_id,
            order_line_id=line.order_line_id,
            supplier_id=line.supplier_id,
            item_id=line.item_id,
            part_id=part_id,
            quantity=share.quantity,
            conceded=share.quality == "conceded",
            accepted_on=today(session),
        ),
    )
