"""What a context does about an event: its reactions, which deliveries call for them, the run.

A reaction is a command inside the consumer's transaction (shared/events.py).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from nats.aio.msg import Msg

from shared import deliveries
from shared.contracts.base import Envelope, Event
from shared.database import AsyncSession
from shared.outbox import Teller
from shared.spending import spending
from shared.streams import subjects_of

E = TypeVar("E", bound=Event)
Run = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]
RunMany = Callable[[AsyncSession, Sequence[Any], Sequence[Envelope]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a slice does when it hears an event: a command inside the consumer's transaction."""

    event: type[Event]
    run: Run
    many: RunMany | None = None  # the same for events of one cause, in few statements


def react_to(
    event: type[E],
    run: Callable[[AsyncSession, E, Envelope], Awaitable[None]],
    many: Callable[[AsyncSession, Sequence[E]], Awaitable[None]] | None = None,
) -> Reaction:
    """Pair an event with the command that answers it; `many` answers what one command told."""
    if many is None:
        return Reaction(event, run)
    answer = many

    async def together(session: AsyncSession, events: Sequence[E], _: Sequence[Envelope]) -> None:
        await answer(session, events)

    return Reaction(event, run, together)


@dataclass(frozen=True, slots=True)
class Heard:
    """One delivery that could be read, with the reactions it has here (none: only acknowledged)."""

    envelope: Envelope
    reactions: Sequence[Reaction]
    message: Msg | None = None  # None when it came from the source's feed
    redelivered: bool = False


def by_subject(reactions: Sequence[Reaction], source: str) -> Mapping[str, list[Reaction]]:
    """The reactions to this source's events, in the order declared, by subject."""
    found: dict[str, list[Reaction]] = {}
    for reaction in reactions:
        if reaction.event.subject.startswith(subjects_of(source).removesuffix(">")):
            found.setdefault(reaction.event.subject, []).append(reaction)
    return found


def cause_of(one: Heard) -> tuple[object, ...]:
    """Equal for neighbours that may be answered together: the audit trail names them alike."""
    told = one.envelope
    if any(reaction.many is None for reaction in one.reactions):
        return (told.id,)
    return told.type, told.companyid, told.actor, told.traceparent


async def run_reactions(
    session: AsyncSession,
    context: str,
    envelope: Envelope,
    reactions: Sequence[Reaction],
    more: Sequence[Envelope] = (),
) -> None:
    """Act as this service, for the event's company and trace; `more`: others of the same cause."""
    actor = f"service:{context}"
    session.info["teller"] = Teller(
        context, actor, envelope.companyid, envelope.traceparent, envelope.actor
    )
    with spending(session, envelope.type):
        await deliveries.say_who_acts(session, actor, envelope)
        for reaction in reactions:
            events = [reaction.event.model_validate(one.data) for one in (envelope, *more)]
            if more and reaction.many is not None:
                await reaction.many(session, events, (envelope, *more))
            else:
                await reaction.run(session, events[0], envelope)
        await session.flush()  # under this event's name, before the next one's
