"""Seals audit rows into the hash chain every second, and anchors its head outside the database.

No watermark and no cursor: a row is pending until a seal names it, so a transaction that commits
late with low row ids is sealed late, never skipped.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import psycopg
from nats.errors import Error as NatsError

from shared.audit import BRIEF, GENESIS, ROW_HASH, chained
from shared.broker import Disconnected
from shared.clock import utc_now

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
RETRY_SECONDS = 5.0  # after the database went away
BATCH = 1000
LEADER_KEY = 0x6D61696C756F03  # advisory lock: one sealer per database
Faults = (NatsError, Disconnected, OSError, TimeoutError)
Publish = Callable[[str, bytes], Awaitable[None]]

HEAD = "SELECT id, chain, rows, sealed_at FROM audit_seal ORDER BY id DESC LIMIT 1"
PENDING = (  # bytes: a query that is put together is no literal to the type checkers
    f"SELECT a.id, {ROW_HASH}, head.id, head.chain FROM audit a "  # noqa: S608
    f"LEFT JOIN ({HEAD}) AS head ON true WHERE a.seal_id IS NULL ORDER BY a.id LIMIT {BATCH}"
).encode()
# One statement is one transaction. Who read the same head and comes second finds the number taken.
SEAL = """
WITH link AS (
  INSERT INTO audit_seal (id, sealed_at, rows, digest, previous, chain, row_ids, row_hashes)
  VALUES (%(id)s, %(sealed_at)s, %(rows)s, %(digest)s, %(previous)s, %(chain)s,
          %(row_ids)s, %(row_hashes)s)
  RETURNING id, row_ids
)
UPDATE audit SET seal_id = link.id FROM link WHERE audit.id = ANY(link.row_ids)
"""
Head = tuple[int, str, int, datetime]  # number, chain, rows, when


class Sealer:
    """The sealer of one database. Several replicas may run it: one leads, the others wait.

    `owner_url` is the SQLAlchemy URL of the owner's role: the service's own may not seal.
    `publish` brings an anchor to NATS and returns once it is stored; when it fails, the head is
    anchored again at the next turn.
    """

    def __init__(self, owner_url: str, context: str, publish: Publish) -> None:
        self.url = owner_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self.context = context
        self.publish = publish
        self.anchored = 0  # the last seal whose anchor is stored
        self.head: Head | None = None  # the last seal, as far as known

    async def run(self) -> None:
        """Lead when nobody else does, and seal until cancelled; outlives database restarts."""
        while True:
            try:
                async with await self.connect() as connection:
                    await self.lead(connection)
            except psycopg.Error as fault:  # gone, or another leader added the same link first
                log.warning("audit sealer of %s begins again: %s", self.context, fault)
            await asyncio.sleep(RETRY_SECONDS)

    async def connect(self) -> psycopg.AsyncConnection:
        """A dedicated connection: the leader's lock lives exactly as long as it does."""
        return await psycopg.AsyncConnection.connect(
            self.url, autocommit=True, application_name=f"mailuo-{self.context}-sealer"
        )

    async def lead(self, connection: psycopg.AsyncConnection) -> None:
        while not await self.leads(connection):  # noqa: ASYNC110 - the lock sits in PostgreSQL
            await asyncio.sleep(EVERY_SECONDS)
        self.head = await self.last(connection)
        while True:
            while await self.seal_once(connection) == BATCH:
                pass
            await self.anchor()
            await asyncio.sleep(EVERY_SECONDS)

    async def leads(self, connection: psycopg.AsyncConnection) -> bool:
        taken = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_KEY,))
        row = await taken.fetchone()
        return row is not None and bool(row[0])

    async def seal_once(self, connection: psycopg.AsyncConnection) -> int:
        """Seal at most 1,000 pending rows as the next link; returns how many."""
        pending = await (await connection.execute(PENDING)).fetchall()
        if not pending:
            return 0
        ids, hashes, numbers, chains = zip(*pending, strict=True)
        number, previous = (numbers[0] or 0) + 1, chains[0] or GENESIS
        digest = hashlib.sha256(b"".join(hashes)).hexdigest()
        chain, now = chained(previous, digest, number, len(pending)), utc_now()
        link = {
            "id": number,
            "sealed_at": now,
            "rows": len(pending),
            "digest": digest,
            "previous": previous,
            "chain": chain,
            "row_ids": list(ids),
            "row_hashes": b"".join(whole[:BRIEF] for whole in hashes),
        }
        await connection.execute(SEAL, link)
        self.head = number, chain, len(pending), now
        return len(pending)

    async def anchor(self) -> None:
        """Publish the head when it is newer than the last anchor; a failure waits for next time."""
        if self.head is None or self.head[0] == self.anchored:
            return
        try:
            await self.publish(f"audit.{self.context}", self.anchor_of(*self.head))
        except Faults as fault:
            log.warning("audit anchor of %s waits for the broker: %r", self.context, fault)
        else:
            self.anchored = self.head[0]

    async def last(self, connection: psycopg.AsyncConnection) -> Head | None:
        """What was sealed last, by whomever."""
        row = await (await connection.execute(HEAD)).fetchone()
        return (int(row[0]), str(row[1]), int(row[2]), row[3]) if row else None

    def anchor_of(self, seal_id: int, chain: str, rows: int, sealed_at: datetime) -> bytes:
        anchor = {
            "context": self.context,
            "seal_id": seal_id,
            "chain": chain,
            "rows": rows,
            "at": sealed_at.isoformat(),
        }
        return json.dumps(anchor).encode()
