"""Uploads into the file store that die anywhere, wait for nobody, and meet the sweep."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared import attachments
from shared.attachment_sweep import sweep
from shared.clock import Clock
from shared.ids import new_id
from shared.object_store import ObjectStore, Stored
from shared.tests.service.test_attachments import BYTES, MAY, keep
from shared.tests.service.test_object_store import HASH, given, lab, rows, s3, store_of
from tests.support.services import ServiceUnderTest

__all__ = ["given", "lab", "s3"]  # fixtures
INTENTS = text("SELECT sha256 FROM file_intent")
OLDER = text("UPDATE file_intent SET begun_at = begun_at - interval '2 days'")


async def intents(lab: ServiceUnderTest) -> list[str]:
    async with lab.session() as session:
        return list((await session.execute(INTENTS)).scalars())


async def old_objects(
    lab: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch, *, intents_too: bool
) -> set[str]:
    """What a sweep leaves when every object is old, and every intent, if asked for."""
    store = store_of(lab)

    async def eldest_of_all() -> AsyncIterator[Stored]:
        async for one in ObjectStore.listed(store):
            yield replace(one, changed_at=one.changed_at - timedelta(days=2))

    async with lab.session() as session:
        if intents_too:
            await session.execute(OLDER)
    with monkeypatch.context() as aged:
        aged.setattr(store, "listed", eldest_of_all)
        async with lab.session() as session:
            await sweep(session, Clock(), store=store)
    return {one.sha256 async for one in store.listed()}


async def test_no_transaction_waits_for_the_store(
    lab: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the bytes are on their way the service holds no connection to its database."""
    store, seen = store_of(lab), list[tuple[int, int]]()
    put = store.put

    async def slow(sha256: str, content: bytes) -> None:
        pool: Any = lab.engine.pool
        async with lab.session() as session:
            waiting = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
            )
            idle = (await session.execute(waiting)).scalar_one()
            seen.append((int(idle), pool.checkedout() - 1))
        await put(sha256, content)

    monkeypatch.setattr(store, "put", slow)
    assert (await keep(lab.as_user(*MAY), new_id())).status_code == 201
    assert seen == [(0, 0)]


class Died(BaseException):
    """The process is gone at this line."""


PLACES = ["before the intent", "after the intent", "within the upload", "after it", "at commit"]


@pytest.mark.parametrize("place", PLACES)
async def test_an_upload_that_dies_anywhere_loses_nothing_and_leaves_nothing(
    lab: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Killed at each line, then repeated with its key; without the repetition the sweep ends it."""
    client, document, store = lab.as_user(*MAY), new_id(), store_of(lab)
    client.headers["Idempotency-Key"] = "upload-1"
    client.headers["Content-Type"] = "multipart/form-data; boundary=same"  # the same request again
    with monkeypatch.context() as killed:
        plant(killed, store, place)
        with pytest.raises(Died):
            await keep(client, document)
    assert await rows(lab) == []
    # A sweep between death and repetition may take the object: it comes again with its intent.
    left = await old_objects(lab, monkeypatch, intents_too=True)
    assert left == set()
    assert await intents(lab) == []
    first, again = await keep(client, document), await keep(client, document)
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-hit"] == "true"
    got = await client.get(f"/attachments/{first.json()['id']}/content")
    assert got.content == BYTES
    assert await old_objects(lab, monkeypatch, intents_too=True) == {HASH}


def plant(killed: pytest.MonkeyPatch, store: ObjectStore, place: str) -> None:
    intend, put = attachments.intend, store.put

    async def before(*_: Any, **__: Any) -> None:
        raise Died

    async def after_intent(*given: Any) -> None:
        await intend(*given)
        raise Died

    async def after_upload(*given: Any) -> None:
        await put(*given)
        raise Died

    planted: dict[str, tuple[Any, str, Any]] = {
        "before the intent": (attachments, "intend", before),
        "after the intent": (attachments, "intend", after_intent),
        "within the upload": (store, "put", before),
        "after it": (store, "put", after_upload),
        "at commit": (attachments, "kept", before),
    }
    killed.setattr(*planted[place])


async def test_a_sweep_between_upload_and_row_takes_nothing(
    lab: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old bytes without a row are uploaded anew: the intent keeps them though they look old."""
    store, put = store_of(lab), store_of(lab).put
    await store.put(HASH, BYTES)  # an orphan of long ago

    async def swept_meanwhile(sha256: str, content: bytes) -> None:
        await put(sha256, content)
        await old_objects(lab, monkeypatch, intents_too=False)

    monkeypatch.setattr(store, "put", swept_meanwhile)
    client = lab.as_user(*MAY)
    kept = await keep(client, new_id())
    assert (await client.get(f"/attachments/{kept.json()['id']}/content")).content == BYTES


async def test_many_keep_the_same_bytes_at_once(lab: ServiceUnderTest) -> None:
    client, documents = lab.as_user(*MAY), [new_id() for _ in range(8)]
    answers = await asyncio.gather(*(keep(client, document) for document in documents))
    assert {answer.status_code for answer in answers} == {201}
    assert await rows(lab) == [(HASH, None)] * 8
    assert [one.sha256 async for one in store_of(lab).listed()] == [HASH]
