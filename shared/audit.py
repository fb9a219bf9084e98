"""The audit trail's hash chain: what a seal is computed from, and proof that nothing was changed.

Only sealed rows are proven; the verdict says how many wait (about the last second). The owner of
the tables could rewrite rows and chain together: anchors kept outside the database show that.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit_policy import EVERYTHING, Treatment
from shared.contracts.base import Contract
from shared.database import AsyncSession

GENESIS = "0" * 64
BRIEF = 8  # bytes of each row's hash that a seal keeps, enough to name the row that changed
Kind = Literal["edited", "deleted", "inserted", "chain", "digest", "anchor", "ledger"]

# Not kept as a database function: whoever rewrites rows could rewrite that too.
ROW_HASH = (
    "sha256(convert_to(jsonb_build_array(a.id, extract(epoch FROM a.at), a.actor, a.action, "
    "a.table_name, a.row_id, a.old, a.new, a.reason, a.trace)::text, 'UTF8'))"
)


class AuditFinding(Contract):
    """The first thing that is not as it was sealed. Ids are those of `audit` and `audit_seal`."""

    kind: Kind
    seal_id: int | None = None
    row_id: int | None = None  # the audit row
    subject: str = ""  # table and key of the business row, where known


class AuditVerdict(Contract):
    """What a verification proves: `rows` in `seals` are as they were written, or the finding."""

    intact: bool
    rows: int
    seals: int
    unsealed: int  # newer rows, not proven yet
    head: str  # the last link of the chain
    finding: AuditFinding | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """One stored link."""

    id: int
    rows: int
    digest: str
    previous: str
    chain: str


Source = AsyncSession | AsyncConnection


def chained(previous: str, digest: str, seal_id: int, rows: int) -> str:
    """The link that follows `previous`."""
    return hashlib.sha256(f"{previous}|{digest}|{seal_id}|{rows}".encode()).hexdigest()


async def verify(
    source: Source,
    anchors: Sequence[dict[str, Any]] = (),
    ledgers: Sequence[Treatment] | None = None,
) -> AuditVerdict:
    """Recompute the whole chain inside the caller's transaction and name the first break.

    `anchors` are the messages of `audit.<context>`, in any order. `ledgers` are the sealed tables
    (`audit_policy.treatments`) whose present rows are compared with their sealed hashes; without
    them the triggers tell which tables those are.
    """
    connection = await source.connection() if isinstance(source, AsyncSession) else source
    await connection.execute(FIXED_SURROUNDINGS)
    seals = [Seal(*row) for row in await connection.execute(SEALS)]
    last = seals[-1].id if seals else 0
    found = (
        broken_link(seals)
        or await broken_rows(connection, seals, last)
        or lost_anchor(seals, anchors)
        or await broken_ledger(
            connection, await sealed_tables(connection) if ledgers is None else ledgers
        )
    )
    unsealed = await connection.scalar(UNSEALED)
    return AuditVerdict(
        intact=found is None,
        rows=sum(seal.rows for seal in seals),
        seals=len(seals),
        unsealed=unsealed or 0,
        head=seals[-1].chain if seals else GENESIS,
        finding=found,
    )


FIXED_SURROUNDINGS = text(
    "SELECT set_config('timezone', 'UTC', true), "
    "set_config('search_path', 'pg_catalog, public', true)"
)
UNSEALED = text("SELECT count(*) FROM public.audit WHERE seal_id IS NULL")
SEALS = text("SELECT id, rows, digest, previous, chain FROM public.audit_seal ORDER BY id")


def broken_link(seals: Sequence[Seal]) -> AuditFinding | None:
    """The first seal that does not follow from the one before it."""
    previous = GENESIS
    for number, seal in enumerate(seals, start=1):
        link = chained(previous, seal.digest, number, seal.rows)
        if (seal.id, seal.previous, seal.chain) != (number, previous, link):
            return AuditFinding(kind="chain", seal_id=number)
        previous = seal.chain
    return None


def lost_anchor(seals: Sequence[Seal], anchors: Sequence[dict[str, Any]]) -> AuditFinding | None:
    """The first anchored link that the chain does not hold any more: somebody rewrote it."""
    chains = {seal.id: seal.chain for seal in seals}
    for anchor in sorted(anchors, key=lambda anchor: int(anchor["seal_id"])):
        if chains.get(int(anchor["seal_id"])) != anchor["chain"]:
            return AuditFinding(kind="anchor", seal_id=int(anchor["seal_id"]))
    return None


DIGESTS = text(f"""
SELECT a.seal_id, encode(sha256(string_agg({ROW_HASH}, ''::bytea ORDER BY a.id)), 'hex')
FROM public.audit a WHERE a.seal_id <= :last GROUP BY a.seal_id
""")  # noqa: S608 - constants only
FOREIGN = text("""
SELECT a.id, a.seal_id FROM public.audit a
WHERE a.seal_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.audit_seal s WHERE s.id = a.seal_id)
ORDER BY a.id LIMIT 1
""")


async def broken_rows(
    connection: AsyncConnection, seals: Sequence[Seal], last: int
) -> AuditFinding | None:
    """The first sealed row that is not as it was."""
    digests = {
        int(row[0]): str(row[1]) for row in await connection.execute(DIGESTS, {"last": last})
    }
    for seal in seals:
        if digests.get(seal.id) != seal.digest:
            return await named_row(connection, seal)
    if (foreign := (await connection.execute(FOREIGN)).first()) is not None:
        return AuditFinding(kind="inserted", row_id=foreign[0], seal_id=foreign[1])
    return None


MEMBERS = text("SELECT row_ids, row_hashes FROM public.audit_seal WHERE id = :seal")
ROWS = text(f"""
SELECT a.id, substring({ROW_HASH} FOR {BRIEF}), a.table_name || '/' || a.row_id
FROM public.audit a WHERE a.seal_id = :seal
""")  # noqa: S608 - constants only


async def named_row(connection: AsyncConnection, seal: Seal) -> AuditFinding:
    """Which row of a broken seal was edited, deleted or inserted, the lowest id first."""
    ids, hashes = (await connection.execute(MEMBERS, {"seal": seal.id})).one()
    sealed = {
        row: bytes(hashes[place * BRIEF : (place + 1) * BRIEF]) for place, row in enumerate(ids)
    }
    present = {
        row: (bytes(brief), subject)
        for row, brief, subject in await connection.execute(ROWS, {"seal": seal.id})
    }
    for row in sorted(sealed.keys() | present.keys()):
        brief, subject = present.get(row, (None, ""))
        if brief != sealed.get(row):
            kind: Kind = "edited"
            if brief is None:
                kind = "deleted"
            elif row not in sealed:
                kind = "inserted"
            return AuditFinding(kind=kind, seal_id=seal.id, row_id=row, subject=subject)
    return AuditFinding(kind="digest", seal_id=seal.id)


async def broken_ledger(
    connection: AsyncConnection, ledgers: Sequence[Treatment]
) -> AuditFinding | None:
    """The first row of a sealed table that is not the one whose hash the trail holds."""
    for ledger in ledgers:
        if ledger.sealed:
            odd = await connection.execute(ledger_question(ledger), {"name": ledger.table})
            if (row := odd.first()) is not None:
                subject = f"{ledger.table}/{row[1]}"
                return AuditFinding(kind="ledger", row_id=row[0], subject=subject)
    return None


LEDGERS = text("""
SELECT c.relname, string_to_array(encode(t.tgargs, 'escape'), '\\000')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgname = 'audit_insert' ORDER BY c.relname
""")


async def sealed_tables(connection: AsyncConnection) -> list[Treatment]:
    """The tables whose insert trigger keeps whole-row hashes."""
    found = [(str(name), list(arguments)) for name, arguments in await connection.execute(LEDGERS)]
    return [
        Treatment(name, tuple(key for key in keys if key), (), sealed=True)
        for name, (hidden, *keys) in found
        if hidden == EVERYTHING
    ]


def ledger_question(ledger: Treatment) -> TextClause:
    """Sealed hashes and present rows side by side, where they differ."""
    keys = ", ".join(f"j ->> '{key}'" for key in ledger.keys)
    return text(f"""
        SELECT t.id, coalesce(t.row_id, p.row_id)
        FROM (SELECT id, row_id, new AS image FROM public.audit WHERE table_name = :name) AS t
        FULL JOIN (
          SELECT concat_ws('/', {keys}) AS row_id, jsonb_build_object('sha256',
            encode(sha256(convert_to(jsonb_strip_nulls(j)::text, 'UTF8')), 'hex')) AS image
          FROM (SELECT to_jsonb(r) AS j FROM public."{ledger.table}" r) AS present
        ) AS p USING (row_id)
        WHERE t.image IS DISTINCT FROM p.image ORDER BY 1 NULLS LAST, 2 LIMIT 1
    """)  # noqa: S608 - names of our own tables
