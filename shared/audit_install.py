"""Puts audit triggers and the app role's rights on every table, from the tables' declarations."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, text

from shared.audit_policy import EVERYTHING, Treatment, treatments

MARK = "mailuo audit "  # the comment on the trigger function that tells what is installed


def statements(metadata: MetaData, app_role: str) -> list[str]:
    """The whole installation as SQL, in order. Running it again changes nothing."""
    lines = [f'GRANT USAGE ON SCHEMA public TO "{app_role}"']
    for table in treatments(metadata):
        lines += [f'REVOKE ALL ON "{table.table}" FROM PUBLIC, "{app_role}"']
        lines += [f'GRANT {right} ON "{table.table}" TO "{app_role}"' for right in table.rights]
        lines += triggers(table)
    lines.append(SEQUENCES.replace("ROLE", f'"{app_role}"'))
    return lines


def triggers(table: Treatment) -> Iterator[str]:
    """Statement triggers with transition tables; none on tables that are not audited."""
    for event in ("insert", "update", "delete", "truncate"):
        yield f'DROP TRIGGER IF EXISTS audit_{event} ON "{table.table}"'
    if table.unaudited:
        return
    hidden = EVERYTHING if table.sealed else ",".join(table.hidden)
    arguments = ", ".join(quoted(value) for value in (hidden, *table.keys))
    for event, seen in IMAGES.items():
        yield (
            f'CREATE TRIGGER audit_{event} AFTER {event.upper()} ON "{table.table}" '
            f"REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION audit_statement({arguments})"
        )
    yield (
        f'CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON "{table.table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )


IMAGES = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}

# Identity columns need no grant: the sequences of the trail stay out of the service's reach.
SEQUENCES = """
DO $$
DECLARE own text;
BEGIN
  FOR own IN
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
  LOOP
    EXECUTE 'GRANT USAGE ON SEQUENCE ' || own || ' TO ROLE';
  END LOOP;
END $$
"""


def fingerprint(wanted: list[str]) -> str:
    return MARK + hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def installed(connection: Connection, wanted: list[str]) -> bool:
    """True when exactly this installation stands; a changed declaration asks for another."""
    seen = connection.scalar(
        text("SELECT obj_description(to_regprocedure('audit_statement()'), 'pg_proc')")
    )
    return str(seen) == fingerprint(wanted)


def install(connection: Connection, wanted: list[str]) -> None:
    """Run it in the caller's transaction; does nothing when the platform was downgraded."""
    if connection.scalar(text("SELECT to_regprocedure('audit_statement()')")) is None:
        return
    tables = text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')")
    known = set(connection.scalars(tables))
    for line in wanted:
        if (table := table_in(line)) is None or table in known:
            connection.exec_driver_sql(line)
    connection.exec_driver_sql(
        f"COMMENT ON FUNCTION audit_statement() IS {quoted(fingerprint(wanted))}"
    )


def table_in(line: str) -> str | None:
    """The table that a statement of ours is about, so that a downgraded one can be passed over."""
    _, found, rest = line.partition(' ON "')
    return rest.split('"')[0] if found else None


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
