"""What the triggers write, and what they and the rights refuse."""

import json
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from shared.audit_policy import of_business, policy, treatments
from shared.platform_tables import PLATFORM
from shared.tests.audit.conftest import COMPANY
from shared.tests.audit.lab import METADATA

pytestmark = pytest.mark.req("REQ-85")


async def test_an_insert_is_written_with_who_why_and_trace(lab: Any) -> None:
    lab.papers(2)
    first, second = lab.trail()
    action, table, row_id, old, new, *who = first
    assert (action, table, old, who) == ("insert", "paper", None, ["user:1", "because", "00-t"])
    assert (new["name"], new["amount"], new["company_id"], row_id) == ("p1", 1, COMPANY, new["id"])
    assert second[4]["name"] == "p2"


async def test_hidden_columns_stand_as_hashes(lab: Any) -> None:
    lab.papers(1)
    assert lab.trail()[0][4]["secret"].startswith("sha256:")
    assert "hush" not in json.dumps(lab.trail()[0][4])


async def test_an_update_is_written_as_the_columns_that_changed(lab: Any) -> None:
    lab.papers(3)
    with lab.service("user:2") as connection:
        connection.execute("UPDATE paper SET amount = 5 WHERE name IN ('p1', 'p2')")
    changes = lab.trail()[3:]
    assert sorted(change[3]["amount"] for change in changes) == [1, 2]
    assert [(change[0], change[4], change[5]) for change in changes] == [
        ("update", {"amount": 5}, "user:2")
    ] * 2


async def test_an_update_that_changes_nothing_writes_nothing(lab: Any) -> None:
    lab.papers(1)
    with lab.service() as connection:
        connection.execute("UPDATE paper SET name = name")
    assert len(lab.trail()) == 1


async def test_a_changed_key_is_written_as_both_whole_rows(lab: Any) -> None:
    lab.papers(1)
    with lab.service() as connection:
        connection.execute("UPDATE paper SET id = gen_random_uuid()")
    old, new = (row for row in lab.trail()[1:])
    assert {(old[3] is None), (new[3] is None)} == {True, False}


async def test_a_deletable_row_leaves_its_last_content_and_composite_key(lab: Any) -> None:
    with lab.service() as connection:
        connection.execute("INSERT INTO paper_line VALUES (%s, %s, 7)", (COMPANY, COMPANY))
        connection.execute("DELETE FROM paper_line")
    action, _, row_id, old, new, *_ = lab.trail()[1]
    assert (action, row_id, new) == ("delete", f"{COMPANY}/7", None)
    assert old["place"] == 7


@pytest.mark.parametrize("actor", ["", None])
async def test_without_an_actor_nothing_is_changed(lab: Any, actor: Any) -> None:
    with pytest.raises(InsufficientPrivilege, match="nobody is named as the actor"):
        with lab.service(actor) as connection:
            connection.execute("INSERT INTO paper_line VALUES (%s, %s, 1)", (COMPANY, COMPANY))
    assert lab.trail() == []


async def test_an_actor_does_not_outlive_its_transaction(lab: Any) -> None:
    with lab.service() as connection:
        connection.commit()
        with pytest.raises(InsufficientPrivilege, match="nobody is named"):
            connection.execute("INSERT INTO paper_line VALUES (%s, %s, 1)", (COMPANY, COMPANY))


async def test_a_rolled_back_change_leaves_no_trace(lab: Any) -> None:
    with lab.service() as connection:
        connection.execute("INSERT INTO paper_line VALUES (%s, %s, 1)", (COMPANY, COMPANY))
        connection.rollback()
    assert lab.trail() == []


async def test_derived_tables_are_not_written_down(lab: Any) -> None:
    with lab.service("") as connection:
        connection.execute("INSERT INTO copied VALUES (%s, %s)", (COMPANY, COMPANY))
    assert lab.trail() == []


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO audit (at, actor, action, table_name, row_id, reason, trace) "
        "VALUES (now(), 'user:9', 'insert', 'paper', '1', '', '')",
        "INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM audit",
        "UPDATE audit SET actor = 'user:9'",
        "UPDATE audit SET seal_id = 1",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_seal",
        "INSERT INTO audit_seal SELECT * FROM audit_seal",
        "ALTER TABLE paper DISABLE TRIGGER USER",
        "DROP TRIGGER audit_insert ON paper",
        "SET session_replication_role = replica",
        "DELETE FROM paper",
        "TRUNCATE paper",
        "UPDATE entry SET amount = 0",
        "UPDATE outbox SET body = '{}'",
        "DELETE FROM outbox",
        "INSERT INTO outbox_default SELECT * FROM outbox",
        "UPDATE signature SET meaning = ''",
        "SELECT nextval('audit_id_seq')",
        "CREATE TEMP TABLE forged (id int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
async def test_the_service_role_cannot_write_history(lab: Any, attempt: Any) -> None:
    lab.papers(1)
    with pytest.raises(psycopg.Error) as refusal:
        with lab.service() as connection:
            connection.execute(attempt)
    assert refusal.value.sqlstate == "42501", refusal.value
    assert len(lab.trail()) == 1


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit SET actor = 'user:9'",
        "UPDATE audit SET seal_id = 1, actor = 'user:9'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
        "TRUNCATE paper",
        "UPDATE entry SET amount = 0",
    ],
)
async def test_not_even_the_owner_does_it_by_accident(lab: Any, attempt: Any) -> None:
    lab.papers(1)
    with lab.service() as connection:
        connection.execute("INSERT INTO entry VALUES (%s, 1, 2)", (COMPANY,))
    url = lab.database.owner_url.replace("+psycopg", "")
    with pytest.raises(InsufficientPrivilege), psycopg.connect(url) as connection:
        connection.execute(attempt)


async def test_every_exception_says_why(lab: Any) -> None:
    for table in (*METADATA.tables.values(), *PLATFORM.tables.values()):
        of_business(table)
    unaudited = {found.table: found.unaudited for found in treatments(METADATA) if found.unaudited}
    assert unaudited.pop("copied") == "a copy of paper"
    assert set(unaudited) == {
        *("audit", "audit_seal", "consumer_position", "dead_letter", "delivery_failure"),
        *("event_counter", "file_intent", "idempotency_key", "inbox", "number_series", "outbox"),
        *("saga", "saga_log", "saga_signal"),
    }
    silent = METADATA.tables["copied"].to_metadata(type(METADATA)())
    silent.info = {**policy()["info"], "audited": False}
    with pytest.raises(ValueError, match="does not say why"):
        of_business(silent)
