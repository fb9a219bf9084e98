"""Every event of every context, prices and costs excepted, becomes a line of its thread."""

from gateway.views.threads.commands import project_event
from shared.contracts.base import Envelope, Event
from shared.contracts.registry import events, may_hear
from shared.database import AsyncSession
from shared.events import Reaction


async def on_event(session: AsyncSession, event: Event, envelope: Envelope) -> None:
    await project_event(session, event.model_dump(mode="json"), envelope)


def reactions() -> tuple[Reaction, ...]:
    """One reaction per subject that the gateway may hear; its own are not heard back."""
    return tuple(
        Reaction(kind, on_event)
        for subject, kind in events().items()
        if not subject.startswith("erp.gateway.") and may_hear("gateway", subject)
    )
