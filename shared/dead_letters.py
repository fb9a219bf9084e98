"""Events that failed eight times: a person retries each, or discards it and says why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlmodel import col, select

from shared.clock import utc_now
from shared.contracts.base import Contract, Envelope
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.platform_tables import DeadLetter
from shared.problems import Conflict, NotFound, Refused
from shared.reacting import Heard, Reaction, run_reactions

SHOWN_MAX = 500
NOTE_LENGTH_MIN = 2


class NoSuchDeadLetter(NotFound):
    title = Bilingual("There is no such undelivered event here", "此处没有该条未送达事件")


class DeadLetterSettled(Conflict):
    title = Bilingual("This undelivered event is settled already", "此未送达事件已处理完毕")
    lifted_by = Bilingual("Nothing is left to do", "无需再处理")


class DeadLetterUnreadable(Refused):
    title = Bilingual(
        "The message is no event, so no reaction can run", "该消息不是有效事件，无法重新处理"
    )
    lifted_by = Bilingual(
        "Discard it with a note, and have its sender tell again",
        "请注明原因后弃置，并由发送方重新发布",
    )


class DiscardNoteMissing(Refused):
    title = Bilingual("Discarding an event needs a note that says why", "弃置事件须注明原因")


class DeadLetterShown(Contract):
    id: UUID
    consumer: str
    event_id: UUID
    subject: str
    envelope: dict[str, Any]
    error: str
    tries: int
    state: str
    note: str
    buried_at: datetime
    settled_at: datetime | None
    settled_by: str | None


async def list_waiting(
    session: AsyncSession, after: UUID | None = None, limit: int = SHOWN_MAX
) -> list[DeadLetterShown]:
    """What waits for a person, oldest first; `after` is the last id of the page before."""
    wanted = select(DeadLetter).where(col(DeadLetter.state) == "waiting")
    if after is not None:
        wanted = wanted.where(col(DeadLetter.id) > after)
    rows = await session.exec(wanted.order_by(col(DeadLetter.id)).limit(limit))
    return [DeadLetterShown.model_validate(row) for row in rows]


async def retry(
    session: AsyncSession,
    context: str,
    reactions: Sequence[Reaction],
    id: UUID,
    by: str,
) -> DeadLetterShown:
    """Run the event's reactions again and settle it, in the caller's transaction.

    What a reaction raises goes on to the caller, and the event waits as before. An event that no
    reaction wants any more is settled as well.
    """
    letter = await lock_waiting(session, id)
    try:
        envelope = Envelope.model_validate(letter.envelope)
    except ValidationError as fault:
        raise DeadLetterUnreadable(id=id, subject=letter.subject) from fault
    wanted = [one for one in reactions if one.event.subject == envelope.type]
    caller = session.info.get("teller")
    await run_reactions(session, context, Heard(envelope, wanted))
    session.info["teller"] = caller
    return settle(session, letter, "retried", by)


async def discard(session: AsyncSession, id: UUID, note: str, by: str) -> DeadLetterShown:
    """Give the event up for good. It stays listed in the database with who did it and why."""
    letter = await lock_waiting(session, id)
    if len(note.strip()) < NOTE_LENGTH_MIN:
        raise DiscardNoteMissing(id=id)
    letter.note = note.strip()
    return settle(session, letter, "discarded", by)


async def lock_waiting(session: AsyncSession, id: UUID) -> DeadLetter:
    """The dead letter, locked, so that two people cannot settle it differently."""
    letter = await session.get(DeadLetter, id, with_for_update=True)
    if letter is None:
        raise NoSuchDeadLetter(id=id)
    if letter.state != "waiting":
        raise DeadLetterSettled(id=id, state=letter.state, settled_by=letter.settled_by)
    return letter


def settle(session: AsyncSession, letter: DeadLetter, state: str, by: str) -> DeadLetterShown:
    letter.state, letter.settled_at, letter.settled_by = state, utc_now(), by
    session.add(letter)
    return DeadLetterShown.model_validate(letter)
