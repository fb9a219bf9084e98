"""The plan that this process keeps, and what changed since it was read.

The notes of changes are taken by the database's triggers. They are read in the transaction that
reads the changed rows too: both are of one moment.
"""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from services.production.mrp.engine.columnar import Laid, laid
from services.production.mrp.engine.read_rows import ReadRows
from services.production.mrp.queries import read_rows
from services.production.net_change.rules import LARGE, Kept, Terms, misfit, with_components

SMALL = 64  # items: as many are always moved
KEPT = dict[UUID, Kept]()  # by company; one at a time, for it is large
MOMENT = "SELECT pg_current_snapshot()::text"
TOUCHED = """
SELECT DISTINCT item_id FROM plan_change WHERE company_id = %(company)s
AND transaction >= pg_snapshot_xmin(%(moment)s::pg_snapshot)::text::bigint
AND NOT pg_visible_in_snapshot(transaction::text::xid8, %(moment)s::pg_snapshot)
"""
KEPT_STILL = """
SELECT true FROM plan_run JOIN plan_store AS whole ON whole.run_id = %(whole)s
WHERE plan_run.id = %(run)s AND state IN ('done', 'published') AND plan_hash = %(hash)s
"""


def moment_of(connection: Connection[TupleRow]) -> str:
    """The transaction's snapshot: which others it sees. Needs repeatable read."""
    return str(one(connection, MOMENT))


def touched_items(connection: Connection[TupleRow], company: UUID, moment: str) -> set[UUID | None]:
    """Items whose inputs others changed since that moment; None among them: structures."""
    rows = connection.execute(TOUCHED, {"company": company, "moment": moment})
    return {row[0] for row in rows}


def run_is_kept(connection: Connection[TupleRow], run: UUID, whole: UUID, plan_hash: str) -> bool:
    """Whether the database still holds the run: it may have been restored to an earlier moment."""
    given = {"run": run, "whole": whole, "hash": plan_hash}
    return one(connection, KEPT_STILL, given) is not None


def one(connection: Connection[TupleRow], asked: Any, given: dict[str, Any] | None = None) -> Any:
    row = connection.execute(asked, given).fetchone()
    return None if row is None else row[0]


def why_not(connection: Connection[TupleRow], terms: Terms) -> str:
    """Why the plan that is kept cannot be moved; empty when it can."""
    kept = KEPT.get(terms.company_id)
    if kept is None:
        return "nothing_stands"
    if kept.terms.today != terms.today:
        return "new_day"
    if kept.terms != terms:
        return "horizon"
    if not run_is_kept(connection, kept.run_id, kept.whole_id, kept.plan_hash):
        return "run_gone"
    return ""


def changes_of(
    connection: Connection[TupleRow], terms: Terms
) -> tuple[str, tuple[ReadRows, Laid] | None]:
    """The rows of the items that changed since the plan that is kept was read, or why not."""
    if reason := why_not(connection, terms):
        return reason, None
    kept = KEPT[terms.company_id]
    touched = touched_items(connection, terms.company_id, kept.moment)
    if None in touched:
        return "structure", None
    ids = with_components(kept, [id for id in touched if id is not None])
    if LARGE * len(ids) > len(kept.shape.keys) and len(ids) > SMALL:
        return "many", None
    read = read_rows(connection, terms.company_id, terms.today, ids)
    fresh = laid(read, terms.buckets)
    if reason := misfit(kept, fresh, len(ids)):
        return reason, None
    return "", (read, fresh)
