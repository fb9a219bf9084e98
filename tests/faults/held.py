"""Relays and consumers that stop where a guarantee is needed, and that can lack the guarantee.

A campaign that does not miss a guarantee when it is switched off proves nothing about it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from shared.broker import Broker
from shared.events import Consumer
from shared.relay import Relay


class Gate(Protocol):
    """Where the test can stop a process: it returns at once unless this place was asked for."""

    async def reach(self, place: str, in_flight: int) -> None: ...


class Guards(Protocol):
    """What holds, read each time that it matters."""

    @property
    def inbox(self) -> bool: ...
    @property
    def fence(self) -> bool: ...
    @property
    def resync(self) -> bool: ...


class HeldRelay(Relay):
    """Stops half-way through sending (`sending`), and between publish and mark (`published`)."""

    gate: Gate
    guards: Guards

    def __init__(self, database_url: str, nc: Broker, context: str, *rest: Any) -> None:
        super().__init__(database_url, nc, context, *rest)
        self._size = self._sent = 0

    async def _publish(self, connection: Any, rows: Any) -> None:
        self._size, self._sent = len(rows), 0
        await super()._publish(connection, rows)

    async def _send(self, row: Any, expected: int) -> asyncio.Future[int]:
        future = await super()._send(row, expected)
        self._sent += 1
        if self._size <= self._sent * 2 < self._size * 2:  # some are sent, some are in hand
            await self.gate.reach("sending", self._size)
        return future

    def _headers(self, row: Any, expected: int) -> dict[str, str]:
        headers = super()._headers(row, expected)
        if not self.guards.fence:
            del headers["Nats-Expected-Last-Sequence"]
        return headers

    async def _mark(self, connection: Any, sent: Sequence[Any]) -> None:
        if sent and self._sent:
            await self.gate.reach("published", len(sent))
        await super()._mark(connection, sent)

    async def _resync(self, connection: Any) -> int:
        if self.guards.resync:
            return await super()._resync(connection)
        return (await self._streams.stream_info(self._context.upper())).state.last_seq


class HeldConsumer(Consumer):
    """Stops inside its transaction, and between commit and acknowledgement (`committed`)."""

    gate: Gate

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._size = self._done = 0

    async def take_effect(self, heard: Any) -> int:
        self._size, self._done = len(heard), 0
        return await super().take_effect(heard)

    async def _react(self, session: Any, alike: Any) -> None:
        await super()._react(session, alike)
        self._done += 1
        if self._done * 2 >= self._size:
            await self.gate.reach("in_transaction", self._size)

    async def _acknowledge(self, heard: Any) -> None:
        await self.gate.reach("committed", len(heard))
        for subject in sorted({one.envelope.type for one in heard}):
            await self.gate.reach(f"committed {subject}", len(heard))
        await super()._acknowledge(heard)
