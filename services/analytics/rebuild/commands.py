"""Building the read model anew from the sources' feeds (decision 19)."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from services.analytics.rebuild.rules import SOURCES, SourceUnreadable
from shared.client import Peers
from shared.contracts.analytics.dashboard import Rebuilt
from shared.contracts.base import Envelope
from shared.database import AsyncSession
from shared.deliveries import note_heard
from shared.outbox import teller
from shared.reacting import Heard, Reaction, by_subject, run_reactions

BATCH = 500
CONTEXT = "analytics"
# Consumers wait meanwhile: what they would add to sums that are being cleared would be lost.
LOCK = text("LOCK TABLE fact, daily_sum, monthly_item_sum, stock_day IN SHARE ROW EXCLUSIVE MODE")
CLEARED = ("fact", "daily_sum", "monthly_item_sum", "stock_day", "cancelled_order", "dimension")
CLEARING = ", ".join(f"{table}_gone AS (DELETE FROM {table})" for table in CLEARED)  # noqa: S608
CLEAR = text(f"WITH {CLEARING} DELETE FROM inbox WHERE consumer = :consumer")  # noqa: S608
COUNT = text("SELECT count(*) FROM fact")
ReactionsOf = Callable[[str], Mapping[str, Sequence[Reaction]]]


async def rebuild(
    session: AsyncSession, peers: Peers, reactions: Sequence[Reaction], company_id: UUID
) -> Rebuilt:
    """Clear facts and sums, forget what was heard, and hear every source from its beginning.

    One transaction: readers see the old figures until the new ones stand, and a source that cannot
    be read leaves everything as it was. Raises SourceUnreadable.
    """
    await session.execute(LOCK)
    await session.execute(CLEAR, {"consumer": CONTEXT})
    events: dict[str, int] = {}
    positions: dict[str, int] = {}
    who = teller(session)
    for source in SOURCES:
        if source not in peers.urls:
            continue
        events[source], positions[source] = await hear_again(
            session, peers, source, by_subject(reactions, source), company_id
        )
        session.info["teller"] = who
    return Rebuilt(
        events=events,
        positions=positions,
        facts=int((await session.execute(COUNT)).scalar_one()),
    )


async def hear_again(
    session: AsyncSession,
    peers: Peers,
    source: str,
    reactions: Mapping[str, Sequence[Reaction]],
    company_id: UUID,
) -> tuple[int, int]:
    """Take every event of a source's feed to its effect; how many, and the last position."""
    after = heard = 0
    while envelopes := await fetch(peers, source, after, company_id):
        concern = [one for one in envelopes if one.type in reactions]
        fresh = await note_heard(session, CONTEXT, concern)
        for one in concern:
            if one.id in fresh:
                await run_reactions(session, CONTEXT, Heard(one, reactions[one.type]))
        heard, after = heard + len(fresh), envelopes[-1].position
    return heard, after


async def fetch(peers: Peers, source: str, after: int, company_id: UUID) -> list[Envelope]:
    path = f"/events?after={after}&limit={BATCH}"
    reply = await peers.send(source, "GET", path, company_id=company_id)
    if not reply.accepted:
        raise SourceUnreadable(source=source, status=reply.status, problem=reply.problem)
    return [Envelope.model_validate(one) for one in reply.body]
