"""What the audit trail and the service's role may do with each table, declared on the table itself.

A table says it in its last table argument, for example
`__table_args__ = (Index(...), policy(unaudited="a copy of masterdata's item"))`.
Silence is the common case: audited, never deleted from.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import MetaData, Table

from shared.platform_tables import PLATFORM

EVERYTHING: Final = "*"  # in place of hidden columns: only the row's hash is kept
KEYS_MAX: Final = 4  # columns of a primary key that the trigger can name


def policy(
    *,
    unaudited: str = "",
    deletable: str = "",
    sealed: bool = False,
    hidden: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Table arguments that state an exception, each with its reason for the reader and a test.

    `unaudited`: derived or copied rows whose truth is audited elsewhere. `deletable`: rows that no
    law and no person will ask for (decision 4). `sealed`: an append-only ledger; only each row's
    hash enters the trail, and updates are refused. `hidden`: columns whose values must not be
    readable in the trail (password hashes, file contents); their hashes stand for them.
    """
    info: dict[str, Any] = {"sealed": sealed, "hidden": hidden}
    if unaudited:
        info |= {"audited": False, "reason": unaudited}
    if deletable:
        info["deletable"] = deletable
    return {"info": info}


@dataclass(frozen=True, slots=True)
class Treatment:
    """What one table gets. `rights` are the app role's, as GRANT spells them."""

    table: str
    keys: tuple[str, ...]
    rights: tuple[str, ...]
    unaudited: str = ""  # the reason; empty: audited
    sealed: bool = False
    hidden: tuple[str, ...] = ()


READ, ADD, CHANGE, REMOVE = "SELECT", "INSERT", "UPDATE", "DELETE"
STORY = "carries what audited rows tell; itself kept for ever"
LEDGER_OF_WORK = "machinery of delivery: says nothing about the business"

PLATFORM_TREATMENT: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "outbox": ((READ, ADD, "UPDATE (stream_seq)"), STORY),
    "event_counter": ((READ, ADD, CHANGE), LEDGER_OF_WORK),
    "inbox": ((READ, ADD, REMOVE), LEDGER_OF_WORK),
    "consumer_position": ((READ, ADD, CHANGE, REMOVE), LEDGER_OF_WORK),
    "delivery_failure": ((READ, ADD, CHANGE, REMOVE), LEDGER_OF_WORK),
    "dead_letter": ((READ, ADD, CHANGE), "who settled it and why stand in the row"),
    "file_intent": ((READ, ADD, CHANGE, REMOVE), LEDGER_OF_WORK),
    "idempotency_key": ((READ, ADD, REMOVE), LEDGER_OF_WORK),
    "saga": ((READ, ADD, CHANGE), "every transition stands in saga_log"),
    "saga_log": ((READ, ADD), "append-only by its rights"),
    "saga_signal": ((READ, ADD, CHANGE, REMOVE), LEDGER_OF_WORK),
    "number_series": ((READ, ADD, CHANGE), "the numbers stand on the documents"),
    "approval": ((READ, ADD, CHANGE), ""),
    "signature": ((READ, ADD), ""),
    "attachment": ((READ, ADD), ""),
    "audit": ((READ,), "the trail itself, sealed into a hash chain"),
    "audit_seal": ((READ,), "the chain itself, anchored outside the database"),
}
PLATFORM_HIDDEN: Final = {"attachment": ("content",)}


def treatments(metadata: MetaData) -> Iterator[Treatment]:
    """The treatment of every table of a context and of the platform, by table name."""
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        yield of_business(table)
    for table in sorted(PLATFORM.tables.values(), key=lambda table: table.name):
        rights, reason = PLATFORM_TREATMENT[table.name]  # a new platform table decides here
        hidden = PLATFORM_HIDDEN.get(table.name, ())
        yield Treatment(table.name, keys_of(table), rights, reason, hidden=hidden)


def of_business(table: Table) -> Treatment:
    info = table.info
    unaudited = str(info.get("reason", "")) if info.get("audited", True) is False else ""
    if info.get("audited", True) is False and not unaudited:
        raise ValueError(f"{table.name} is not audited and does not say why")
    sealed = bool(info.get("sealed", False))
    rights = [READ, ADD] + ([] if sealed else [CHANGE])
    if info.get("deletable"):
        rights.append(REMOVE)
    hidden = tuple(str(name) for name in info.get("hidden", ()))
    return Treatment(table.name, keys_of(table), tuple(rights), unaudited, sealed, hidden)


def keys_of(table: Table) -> tuple[str, ...]:
    keys = tuple(column.name for column in table.primary_key.columns)
    if not 1 <= len(keys) <= KEYS_MAX:
        raise ValueError(f"{table.name} has {len(keys)} key columns; the audit names 1 to 4")
    return keys
