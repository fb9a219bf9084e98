# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""Hearing events: each takes effect once, in one transaction with its inbox row and what it tells.

A batch is one transaction. When it fails it is rolled back and its events go one by one, so that
one poisonous event does not stop the others; failures are counted in the database, and an event
that failed eight times waits as a dead letter for a person (platform.md 1.7, decision 21).
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import deliveries
from shared.clock import Clock
from shared.contracts.base import Envelope
from shared.database import AsyncSession, each_alone
from shared.deliveries import Failing, away, contended
from shared.outbox import Position, flush_events
from shared.passing import PassedBy
from shared.pulling import Faults, Pull
from shared.reacting import (
    Heard,
    Reaction,
    by_subject,
    cause_of,
    patient_ones,
    react_to,
    run_reactions,
)
from shared.streams import stream_of
from shared.tracing import continued

__all__ = ["Consumer", "Reaction", "react_to"]

log = logging.getLogger(__name__)

TRIES_MAX = 8
FIRST_DELAY_SECONDS = 0.5
DELAY_MAX_SECONDS = 120.0
FAULT_DELAY_SECONDS = 1.0
GATHER_SECONDS, GATHER_MAX = 0.2, 100  # what nobody waits for waits for others so long

Traces = Callable[[str, str], AbstractContextManager[None]]  # traceparent, the span's name


class Consumer:
    """Hears one source for one context. Run `run()` as a task; `stop()` ends it after its batch.

    Several replicas may run the same consumer: the broker shares the events out, and the inbox
    keeps each from taking effect twice. `on_commit` is called with the session of each commit.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        nc: Client,
        context: str,
        source: str,
        reactions: Sequence[Reaction],
        clock: Clock,
        *,
        on_commit: Callable[[AsyncSession], None] = lambda _: None,
        traces: Traces = continued,
        first_delay: float = FIRST_DELAY_SECONDS,
    ) -> None:
        self.context, self.source, self.clock = context, source, clock
        self.reactions = by_subject(reactions, source)
        self._patient = patient_ones(self.reactions)
        self._engine, self._notes = engine, each_alone(engine)
        self._nc = nc
        self._on_commit = on_commit
        self._traces = traces
        self._first_delay = first_delay
        self._pull = Pull(nc, stream_of(source), context)
        self._passed = PassedBy()
        self._stopping = asyncio.Event()
        self._lag = 0

    async def stop(self) -> None:
        """Ask `run` to end after the batch at hand; the rest is delivered to another replica."""
        self._stopping.set()

    async def lag(self) -> int:
        """Events of the source that have not taken effect here, waiting retries included.

        What was last known while the broker is away.
        """
        with contextlib.suppress(NatsError):
            asked = stream_of(self.source), self.context
            info = await self._nc.jetstream().consumer_info(*asked, timeout=1.0)
            self._lag = (info.num_pending or 0) + (info.num_ack_pending or 0)
        return self._lag

    async def run(self) -> None:
        """Hear until `stop()`. Neither a lost broker nor a lost database ends it."""
        stopped = asyncio.create_task(self._stopping.wait())
        trouble = 0
        try:
            while not stopped.done():
                try:
                    await self.handle(await self._gather(stopped))
                    if not self._passed.left or stopped.done():
                        await self._pass_by()
                    trouble = 0
                except Exception as fault:  # the outermost loop: nothing may end it
                    trouble += 1
                    bug = not isinstance(fault, Faults)
                    log.warning("%s hears %s: %r", self.context, self.source, fault, exc_info=bug)
                    await asyncio.sleep(min(0.1 * 2 ** min(trouble, 6), 5.0))
        finally:
            stopped.cancel()
            if self._nc.is_connected:
                await self._pull.close()

    async def _gather(self, stopped: asyncio.Task[Any]) -> list[Msg]:
        """What arrived and concerns us, in order; while nobody waits for it, what comes next too.

        An order sets off a dozen events within a second: what only draws them into a chart need
        not open a dozen transactions. Unacknowledged meanwhile, they come again after a crash.
        """
        messages = await self._take(stopped)
        until = time.monotonic() + GATHER_SECONDS
        with contextlib.suppress(*Faults):  # first what is at hand: the next take says it again
            while self._may_wait(messages) and not stopped.done():
                if (left := until - time.monotonic()) <= 0:
                    break
                messages += await self._take(stopped, left)
        return messages

    def _may_wait(self, messages: Sequence[Msg]) -> bool:
        return 0 < len(messages) < GATHER_MAX and all(
            one.subject in self._patient for one in messages
        )

    async def _take(self, stopped: asyncio.Task[Any], most: float | None = None) -> list[Msg]:
        """What arrived and concerns us; [] when asked to stop, or when what passed by is due.

        What arrives later than in `most` seconds stays with the pull.
        """
        taking = asyncio.create_task(self._pull.take())
        either: set[asyncio.Task[Any]] = {taking, stopped}
        if most is None and self._passed.messages:
            most = self._passed.left
        try:
            await asyncio.wait(either, timeout=most, return_when=asyncio.FIRST_COMPLETED)
        finally:
            done = taking.done() or not taking.cancel()
        return self._passed.sort_out(taking.result(), self.reactions) if done else []

    async def handle(self, messages: Sequence[Msg]) -> None:
        """Take a batch to its acknowledgement: whole if it can be, else event by event."""
        heard: list[Heard] = []
        for message in messages:
            try:
                heard.append(self.read(message))
            except (ValidationError, ValueError) as fault:
                await self._failed(deliveries.unreadable(message), message, fault)
        if not heard:
            return
        try:
            await self.take_effect(heard)
        except Exception as fault:  # noqa: BLE001 - any event of the batch may be the poison
            if away(fault):
                await self._put_off(heard, fault)
                return
            log.info("%s hears %s: one by one after %r", self.context, self.source, fault)
            for one in heard:
                await self._alone(one)
        else:
            await self._acknowledge(heard)

    def read(self, message: Msg) -> Heard:
        """The delivery behind a message. Raises ValidationError for what is no envelope."""
        envelope = Envelope.model_validate_json(message.data)
        reactions = self.reactions.get(envelope.type, ())
        return Heard(envelope, reactions, message, message.metadata.num_delivered > 1)

    async def take_effect(self, heard: Sequence[Heard]) -> int:
        """Run the reactions to what is new among these, in order, in one transaction.

        Returns how many were new. Statements of its own: the inbox; outbox and position.
        """
        furthest = max(one.envelope.position for one in heard)
        if not (concern := [one for one in heard if one.reactions]):
            await deliveries.pass_by(self._notes, self.context, self.source, furthest)
            return 0
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            session.info["clock"] = self.clock
            fresh = await deliveries.note_heard(
                session, self.context, [one.envelope for one in concern]
            )
            once = {one.envelope.id: one for one in concern}  # a batch may hold an event twice
            new = [one for id, one in once.items() if id in fresh]
            for _, alike in groupby(new, cause_of):
                await self._react(session, list(alike))
            await deliveries.clear_failures(
                session, self.context, [one.envelope.id for one in concern if one.redelivered]
            )
            await flush_events(session, heard=Position(self.context, self.source, furthest))
        self._on_commit(session)
        return len(new)

    async def _pass_by(self) -> None:
        """Store how far what passed by reaches; without it the source's position stood still."""
        if self._passed.messages:
            await deliveries.pass_by(self._notes, self.context, self.source, self._passed.position)
            await self._passed.acknowledge()

    async def _react(self, session: AsyncSession, alike: Sequence[Heard]) -> None:
        with contextlib.ExitStack() as spans:  # the first one's last: it is what goes on
            causes = dict.fromkeys((one.envelope.traceparent, one.envelope.type) for one in alike)
            for trace, kind in reversed(causes):
                spans.enter_context(self._traces(trace, f"{self.context} hears {kind}"))
            await run_reactions(session, self.context, *alike)

    async def _alone(self, one: Heard) -> None:
        assert one.message is not None
        try:
            await self.take_effect([one])
        except Exception as fault:  # noqa: BLE001 - counted, and shown to a person in the end
            if away(fault) or contended(fault):
                await self._put_off([one], fault)
            else:
                await self._failed(deliveries.failing(one.envelope), one.message, fault)
        else:
            await self._acknowledge([one])

    async def _failed(self, what: Failing, message: Msg, fault: Exception) -> None:
        """Count the failure in its own transaction; the eighth makes a dead letter."""
        try:
            async with AsyncSession(self._engine) as session, session.begin():
                now = self.clock.read()
                tries = await deliveries.count_failure(
                    session, self.context, what, fault, tries_max=TRIES_MAX, now=now
                )
        except DBAPIError as lost:
            log.warning("%s hears %s: %r", self.context, self.source, lost)
            await message.nak(delay=FAULT_DELAY_SECONDS)
            return
        log.warning("%s: %s failed %s times: %r", self.context, message.subject, tries, fault)
        if tries >= TRIES_MAX:
            await message.term()
        else:
            await message.nak(delay=self._delay(tries))

    def _delay(self, tries: int) -> float:
        """Seconds until the next try: doubling, with jitter so that a herd disperses."""
        delay = min(self._first_delay * 2.0 ** (tries - 1), DELAY_MAX_SECONDS)
        return delay * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    async def _put_off(self, heard: Sequence[Heard], fault: Exception) -> None:
        """The events are innocent: give them back for a moment, uncounted."""
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        log.warning("%s hears %s: put off after %r", self.context, self.source, cause)
        for one in heard:
            if one.message is not None:
                await one.message.nak(delay=self._delay(1))

    async def _acknowledge(self, heard: Sequence[Heard]) -> None:
        for one in heard:
            if one.message is not None:
                await one.message.ack()
