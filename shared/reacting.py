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
    patient: bool = False  # may wait for others, to share a transaction: see `react_to`


def react_to(
    event: type[E],
    run: Callable[[AsyncSession, E, Envelope], Awaitable[None]],
    many: Callable[[AsyncSession, Sequence[E]], Awaitable[None]] | None = None,
    *,
    patient: bool = False,
) -> Reaction:
    """Pair an event with the command that answers it; `many` answers what one command told.

    Make it `patient` where its effect is only looked at (a figure, a chart, a thread): it writes
    nothing that is audited and tells nothing.
    """
    if many is None:
        return Reaction(event, run, patient=patient)
    answer = many

    async def together(session: AsyncSession, events: Sequence[E], _: Sequence[Envelope]) -> None:
        await answer(session, events)

    return Reaction(event, run, together, patient)


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


def patient_ones(reactions: Mapping[str, Sequence[Reaction]]) -> frozenset[str]:
    """The subjects none of whose reactions anybody waits for."""
    return frozenset(
        subject for subject, here in reactions.items() if all(one.patient for one in here)
    )


def cause_of(one: Heard) -> tuple[object, ...]:
    """Equal for neighbours that may be answered together.

    What is audited, only when the trail names them alike; what is patient, whoever caused it.
    """
    told, together = one.envelope, tuple(reaction.many for reaction in one.reactions)
    if None in together:
        return (told.id,)
    if all(reaction.patient for reaction in one.reactions):
        return (*together, told.companyid)
    return told.type, told.companyid, told.actor, told.traceparent


async def run_reactions(session: AsyncSession, context: str, first: Heard, *more: Heard) -> None:
    """Act as this service, for the event's company and trace; `more`: others of the same cause."""
    actor, envelope = f"service:{context}", first.envelope
    session.info["teller"] = Teller(
        context, actor, envelope.companyid, envelope.traceparent, envelope.actor
    )
    with spending(session, envelope.type):
        if not all(reaction.patient for reaction in first.reactions):
            await deliveries.say_who_acts(session, actor, envelope)
        envelopes = [one.envelope for one in (first, *more)]
        for place, reaction in enumerate(first.reactions):
            events = [
                one.reactions[place].event.model_validate(one.envelope.data)
                for one in (first, *more)
            ]
            if more and reaction.many is not None:
                await reaction.many(session, events, envelopes)
            else:
                await reaction.run(session, events[0], envelope)
        await session.flush()  # under this event's name, before the next one's
