"""Quality's decision divides what arrived: each share gets its status, its place and its story."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.inventory.copies.tables import ItemCopy
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


async def hear_decisions(session: AsyncSession, decisions: Sequence[InspectionDecided]) -> None:
    """Keep quality's decisions, and carry out those whose goods are here; twice is calm.

    The statements do not grow with the decisions.
    """
    await lock_items(session, {decision.item_id for decision in decisions})
    company = teller(session).company_id
    rows = [
        {
            "inspection_id": decision.inspection_id,
            "company_id": company,
            "line_id": decision.line_id,
            "number": decision.number,
            "accepted": decision.accepted,
            "conceded": decision.conceded,
            "rejected": decision.rejected,
            "applied": False,
        }
        for decision in decisions
    ]
    await session.execute(insert(table_of(DecisionHeard)).on_conflict_do_nothing(), rows)
    await judge_waiting(session, [decision.line_id for decision in decisions])


async def judge_waiting(session: AsyncSession, line_ids: Sequence[UUID]) -> None:
    """Carry out the decisions whose goods are here. The caller holds the items' locks."""
    heard = await session.execute(
        select(DecisionHeard, ReceiptLine, LotPart, col(ItemCopy.storage_class))
        .join(ReceiptLine, col(ReceiptLine.id) == col(DecisionHeard.line_id))
        .join(LotPart, col(LotPart.id) == col(ReceiptLine.part_id))
        .join(ItemCopy, col(ItemCopy.id) == col(ReceiptLine.item_id))
        .where(
            col(DecisionHeard.line_id).in_(line_ids),
            col(DecisionHeard.applied).is_(False),
            col(ReceiptLine.state) == "arrived",
        )
        .order_by(col(ReceiptLine.id))
    )
    cases = [Case(*row) for row in heard]
    if not cases:
        return
    standing = await standing_of(session, [case.part.id for case in cases])
    classes = {case.line.item_id: case.storage_class for case in cases}
    places = await places_for(session, ("released", "rejected"), sorted(set(classes.values())))
    work = Work()
    for case in cases:
        case.divide(standing[case.part.id], places, work)

    await create_parts(session, work.drafts)
    await set_quality(session, {case.part.id: case.shares[0].quality for case in cases})
    await post(session, work.postings)
    await plan_put_aways(session, work.accepted, places, classes)
    for case in cases:
        case.close(session)
    await session.flush()
    await restock(session, classes)


@dataclass(frozen=True, slots=True)
class Case:
    """A decision together with the goods that it judges."""

    decision: DecisionHeard
    line: ReceiptLine
    part: LotPart
    storage_class: str

    @property
    def shares(self) -> list[Division]:
        heard = self.decision
        return divisions(self.line.quantity, heard.accepted, heard.conceded, heard.rejected)

    def divide(self, standing: Sequence[Standing], places: Sequence[Place], work: Work) -> None:
        done = divided(self.line, self.part, self.storage_class, self.shares, standing, places)
        work.drafts += done.drafts
        work.postings += done.postings
        work.accepted += done.accepted

    def close(self, session: AsyncSession) -> None:
        heard = self.decision
        set_shares(self.line, heard.accepted, heard.conceded, heard.rejected)
        heard.applied = True
        for place, share in enumerate(self.shares):
            tell_share(session, heard, self.line, self.part, share, first=place == 0)


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


async def standing_of(
    session: AsyncSession, part_ids: Sequence[UUID]
) -> defaultdict[UUID, list[Standing]]:
    """Where parts stand, by part, in the order of bins."""
    rows = await session.execute(
        select(col(Balance.part_id), col(Balance.bin_id), col(Balance.on_hand))
        .where(col(Balance.part_id).in_(part_ids), col(Balance.on_hand) > 0)
        .order_by(col(Balance.bin_id))
    )
    found: defaultdict[UUID, list[Standing]] = defaultdict(list)
    for part_id, bin_id, quantity in rows:
        found[part_id].append(Standing(bin_id, quantity))
    return found


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
