"""Every event of every context, prices and costs excepted, becomes a line of its thread."""

from collections.abc import Sequence

from gateway.views.threads.commands import project_events
from shared.contracts.base import Envelope, Event
from shared.contracts.registry import events, may_hear
from shared.database import AsyncSession
from shared.events import Reaction


async def on_event(session: AsyncSession, event: Event, envelope: Envelope) -> None:
    await on_events(session, [event], [envelope])


async def on_events(
    session: AsyncSession, events: Sequence[Event], envelopes: Sequence[Envelope]
) -> None:
    told = zip(envelopes, events, strict=True)
    await project_events(session, [(one, event.model_dump(mode="json")) for one, event in told])


def reactions() -> tuple[Reaction, ...]:
    """One reaction per subject that the gateway may hear; its own are not heard back."""
    return tuple(
        Reaction(kind, on_event, on_events, patient=True)
        for subject, kind in events().items()
        if not subject.startswith("erp.gateway.") and may_hear("gateway", subject)
    )
