"""Analytics as it hears the other contexts, and those who read it."""

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.analytics.app import SPEC
from shared.clock import utc_now
from shared.contracts.base import Envelope, Event
from shared.ids import new_id
from shared.reacting import Heard, by_subject, run_reactions
from tests.support.services import COMPANY, ServiceUnderTest

MAY = ("analytics.dashboard.read", "analytics.facts.rebuild", "finance.cost.read")


@dataclass
class Feed:
    """Events as they reach analytics, each in its own transaction."""

    analytics: ServiceUnderTest
    counter: Any = field(default_factory=lambda: itertools.count(1))

    def envelope(self, event: Event, sequence: int | None = None) -> Envelope:
        source, position = event.subject.split(".")[1], next(self.counter)
        return Envelope(
            id=new_id(),
            source=f"/{source}",
            type=event.subject,
            subject=str(getattr(event, event.aggregate)),
            time=utc_now(),
            companyid=COMPANY,
            sequence=sequence or position,
            position=position,
            actor="user:1",
            data=event.model_dump(mode="json"),
        )

    async def deliver(self, envelope: Envelope) -> None:
        reactions = by_subject(SPEC.reactions, envelope.source.strip("/"))
        async with self.analytics.session("service:analytics") as session:
            heard = Heard(envelope, reactions.get(envelope.type, ()))
            await run_reactions(session, "analytics", heard)

    async def __call__(self, *events: Event) -> None:
        for event in events:
            await self.deliver(self.envelope(event))


@pytest.fixture
async def analytics(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("analytics") as running:
        yield running


@pytest.fixture
def reader(analytics: ServiceUnderTest) -> httpx.AsyncClient:
    return analytics.as_user(*MAY)


@pytest.fixture
def feed(analytics: ServiceUnderTest) -> Feed:
    return Feed(analytics)
