"""Planning and confirming put-aways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.inventory.holdings.commands import follow
from services.inventory.moves.commands import lock_items_of, locking, post
from services.inventory.moves.rules import Posting
from services.inventory.places.rules import BinUnknown, Place, PlaceMissing, suggest
from services.inventory.put_aways.rules import LIFECYCLE, PutAwayUnknown, refuse_target
from services.inventory.put_aways.tables import PutAway
from shared.auth import Actor
from shared.batches import Batch
from shared.contracts.inventory.put_aways import ConfirmItem
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.outbox import teller
from shared.session import now


@dataclass(frozen=True, slots=True)
class Accepted:
    """A part that may leave the place where it was received."""

    part_id: UUID
    item_id: UUID
    lot_id: UUID
    lot_number: str
    bin_id: UUID
    document_id: UUID
    document_number: str


def put_aways_of(
    session: AsyncSession,
    parts: Sequence[Accepted],
    places: Sequence[Place],
    classes: Mapping[UUID, str],
) -> list[dict[str, Any]]:
    """A task for each part, with the bin that suits it; without one where none stands yet.

    Rows for the caller to write beside its own.
    """
    rows: list[dict[str, Any]] = []
    taken: set[UUID] = set()
    for part in parts:
        try:
            best = suggest(places, "released", classes[part.item_id], part.lot_id, taken).id
            taken.add(best)
        except PlaceMissing:
            best = None
        rows.append(
            {
                "id": derived_id(part.part_id, "put_away"),
                "company_id": teller(session).company_id,
                "state": "open",
                "version": 1,
                "part_id": part.part_id,
                "item_id": part.item_id,
                "lot_number": part.lot_number,
                "from_bin_id": part.bin_id,
                "suggested_bin_id": best,
                "document_id": part.document_id,
                "document_number": part.document_number,
                "reason": "",
                "opened_at": now(session),
            }
        )
    return rows


LOCK_TASKS = locking(
    "SELECT item_id FROM put_away WHERE id = ANY(CAST(:ids AS uuid[])) AND company_id = :company"
)

# The tasks with where they go, and what still stands at their origin.
TASKS = text("""
SELECT t.*, i.code AS item_code, i.storage_class AS item_class, b.id AS target,
       b.status, b.storage_class, coalesce(s.on_hand, 0) AS on_hand,
       coalesce(s.reserved, 0) AS reserved
FROM unnest(CAST(:ids AS uuid[]), CAST(:bins AS uuid[])) AS w (id, bin_id)
JOIN put_away t ON t.id = w.id
JOIN item_copy i ON i.id = t.item_id
LEFT JOIN bin b ON b.id = coalesce(w.bin_id, t.suggested_bin_id) AND b.company_id = t.company_id
  AND b.active
LEFT JOIN balance s ON s.part_id = t.part_id AND s.bin_id = t.from_bin_id
WHERE t.company_id = :company
ORDER BY t.id FOR UPDATE OF t
""")
DONE = text("""
UPDATE put_away AS t SET state = 'done', version = t.version + 1, bin_id = d.bin_id,
  reason = d.reason, done_by = :by, done_at = :at
FROM unnest(CAST(:ids AS uuid[]), CAST(:bins AS uuid[]), CAST(:reasons AS text[]))
  AS d (id, bin_id, reason)
WHERE t.id = d.id
""")


async def confirm_put_aways(
    session: AsyncSession, actor: Actor, batch: Batch, wishes: Sequence[ConfirmItem]
) -> list[tuple[PutAway, str]]:
    """What still stands at the origins goes to the bins, reservations included.

    In the order asked, each with its item's code; the statements do not grow with the list. Over
    all places nothing changes: there is no availability to tell.
    """
    found = await lock_tasks(session, batch, wishes)
    asked = {wish.id: wish for wish in wishes}
    done: list[PutAway] = []
    for id in batch.left():
        with batch.judging(id):
            done.append(decided(found[id], asked[id], actor, now(session)))
    rows = [found[task.id] for task in done]
    carried = [row for row in rows if row["on_hand"] and row["target"] != row["from_bin_id"]]
    await post(session, [posting_of(row) for row in carried])
    await follow(session, [(x["part_id"], x["from_bin_id"], x["target"]) for x in carried])
    await session.execute(
        DONE,
        {
            "ids": [task.id for task in done],
            "bins": [task.bin_id for task in done],
            "reasons": [task.reason for task in done],
            "by": actor.subject,
            "at": now(session),
        },
    )
    return [(task, row["item_code"]) for task, row in zip(done, rows, strict=True)]


def decided(row: RowMapping, wish: ConfirmItem, actor: Actor, at: datetime) -> PutAway:
    """The task as it stands when it is done; raises what stands against it."""
    task = PutAway(**{name: row[name] for name in PutAway.model_fields})
    LIFECYCLE.check("confirm", task.state, actor)
    chosen = wish.bin_id or task.suggested_bin_id
    if chosen is None:
        raise PlaceMissing(status="released", item_id=task.item_id)
    if row["target"] is None:
        raise BinUnknown(bin_ids=[chosen])
    refuse_target(
        suggested=chosen == task.suggested_bin_id,
        reason=wish.reason,
        status=row["status"],
        storage_class=row["storage_class"],
        item_class=row["item_class"],
    )
    task.state, task.version = "done", task.version + 1
    task.bin_id, task.reason = chosen, wish.reason
    task.done_by, task.done_at = actor.subject, at
    return task


def posting_of(row: RowMapping) -> Posting:
    return Posting(
        row["part_id"],
        row["item_id"],
        row["on_hand"],
        "put_away",
        from_bin=row["from_bin_id"],
        to_bin=row["target"],
        carried=row["reserved"],
        document_id=row["id"],
        document_number=row["document_number"],
    )


async def lock_tasks(
    session: AsyncSession, batch: Batch, wishes: Sequence[ConfirmItem]
) -> dict[UUID, RowMapping]:
    """The tasks, after their items: the order in which every change of stock locks."""
    ids = list(batch.seen)
    await lock_items_of(session, LOCK_TASKS, ids=ids)
    asked = {
        "ids": ids,
        "bins": [wish.bin_id for wish in wishes],
        "company": teller(session).company_id,
    }
    rows = (await session.execute(TASKS, asked)).mappings()
    found = {row["id"]: row for row in rows}
    versions = {id: row["version"] for id, row in found.items()}
    batch.expect(versions, lambda missing: PutAwayUnknown(id=missing[0]))
    return found
