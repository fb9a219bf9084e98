"""Files in S3-compatible storage, against a real S3 server over HTTP (moto's)."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.ports import free_port
from shared import attachment_sweep
from shared.attachment_sweep import sweep
from shared.attachments import INTEND
from shared.clock import Clock, utc_now
from shared.ids import new_id
from shared.object_store import ObjectStore
from shared.tests.service.test_attachments import BYTES, MAY, keep
from tests.support.services import ServiceUnderTest, settings_for

HASH = hashlib.sha256(BYTES).hexdigest()
SECRET = "not-a-secret"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server that ends with the module."""
    port, quiet = free_port(), subprocess.DEVNULL
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def settings_of(s3: str, bucket: str, **more: Any) -> dict[str, Any]:
    return {
        "s3_endpoint": s3, "s3_bucket": bucket, "s3_access_key": "key", "s3_secret_key": SECRET,
        **more,
    }  # fmt: skip


async def make_bucket(given: dict[str, Any], **headers: str) -> None:
    store = ObjectStore(settings_for("masterdata", **given))
    assert (await store.send("PUT", "", headers=headers)).is_success
    await store.close()


@pytest.fixture
async def given(s3: str) -> dict[str, Any]:
    given = settings_of(s3, f"b{new_id()}")
    await make_bucket(given)
    return given


@pytest.fixture
async def lab(service: Callable[..., Any], given: dict[str, Any]) -> AsyncIterator[Any]:
    async with service("masterdata", **given) as running:
        yield running


def store_of(lab: ServiceUnderTest) -> ObjectStore:
    store = lab.app.state.objects
    assert isinstance(store, ObjectStore)
    return store


async def rows(lab: ServiceUnderTest) -> list[Any]:
    async with lab.session() as session:
        return list((await session.execute(text("SELECT sha256, content FROM attachment"))).all())


async def test_bytes_stand_in_the_store_and_come_back(lab: ServiceUnderTest) -> None:
    client, document = lab.as_user(*MAY), new_id()
    kept = await keep(client, document)
    assert kept.status_code == 201, kept.text
    assert await rows(lab) == [(HASH, None)]
    assert [one.sha256 async for one in store_of(lab).listed()] == [HASH]
    got = await client.get(f"/attachments/{kept.json()['id']}/content")
    assert got.content == BYTES
    again = await keep(client, document)  # the same bytes once more: one object, two rows
    assert again.status_code == 201
    assert [one.sha256 async for one in store_of(lab).listed()] == [HASH]


async def test_changed_or_missing_bytes_are_never_handed_out(lab: ServiceUnderTest) -> None:
    client, store = lab.as_user(*MAY), store_of(lab)
    path = f"/attachments/{(await keep(client, new_id())).json()['id']}/content"
    assert (await store.send("PUT", store.key(HASH), content=b"forged")).is_success
    forged = await client.get(path)
    assert (forged.status_code, forged.json()["type"]) == (409, "/problems/file-damaged")
    assert forged.json()["cause"] == "hash differs"
    await store.remove(HASH)
    assert (await client.get(path)).json()["cause"] == "missing"


async def test_what_postgresql_keeps_is_checked_as_well(service: Callable[..., Any]) -> None:
    async with service("masterdata") as lab:
        client = lab.as_user(*MAY)
        kept = (await keep(client, new_id())).json()
        changing = text("UPDATE attachment SET content = 'x', size = 1")
        from sqlalchemy.ext.asyncio import create_async_engine

        owner = create_async_engine(lab.settings.owner_database_url)
        async with owner.begin() as session:
            await session.execute(text("SELECT set_config('app.actor', 'user:thief', true)"))
            await session.execute(changing)
        await owner.dispose()
        answer = await client.get(f"/attachments/{kept['id']}/content")
        assert answer.json()["type"] == "/problems/file-damaged"


@pytest.mark.parametrize("bucket", ["no-such-bucket", None])
async def test_a_store_that_is_away_keeps_nothing(
    service: Callable[..., Any], s3: str, bucket: str | None
) -> None:
    url = s3 if bucket else f"http://127.0.0.1:{free_port()}"
    async with service("masterdata", **settings_of(url, bucket or "b")) as lab:
        answer = await keep(lab.as_user(*MAY), new_id())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert answer.json()["type"] == "/problems/file-store-away"
        assert await rows(lab) == []


@pytest.mark.parametrize(("faults", "status"), [(3, 201), (4, 503)])
async def test_a_store_that_stumbles_is_asked_again(
    lab: ServiceUnderTest, faults: int, status: int
) -> None:
    """With the same request: the bytes are addressed by their hash."""
    store, asked = store_of(lab), list[tuple[str, bytes]]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.content))
        if len(asked) == 1:
            raise httpx.ReadError("the store went away")
        return httpx.Response(500 if len(asked) <= faults else 200)

    real, store.http = store.http, httpx.AsyncClient(transport=httpx.MockTransport(answer))
    assert (await keep(lab.as_user(*MAY), new_id())).status_code == status
    await store.close()
    store.http = real
    assert len(asked) == 4
    assert set(asked) == {(f"{store.base}{store.key(HASH)}", BYTES)}


async def test_the_sweep_takes_orphans_alone_and_only_old_ones(
    lab: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, orphan = store_of(lab), hashlib.sha256(b"orphan").hexdigest()
    await keep(lab.as_user(*MAY), new_id())
    await store.put(orphan, b"orphan")

    async def swept() -> set[str]:
        async with lab.session() as session:
            await sweep(session, Clock(), store=store)
        return {one.sha256 async for one in store.listed()}

    assert await swept() == {HASH, orphan}
    monkeypatch.setattr(attachment_sweep, "AGE_MIN", timedelta(seconds=-5))
    async with lab.session() as uploading:  # somebody is about to keep these bytes
        await uploading.execute(INTEND, {"sha256": orphan, "now": utc_now()})
        assert await swept() == {HASH, orphan}
        await uploading.rollback()
    assert await swept() == {HASH}


async def test_objects_are_locked_where_the_bucket_keeps_locks(s3: str) -> None:
    for header, mode in (({"x-amz-bucket-object-lock-enabled": "true"}, "COMPLIANCE"), ({}, None)):
        given = settings_of(s3, f"b{new_id()}", s3_retention_days=30)
        await make_bucket(given, **header)
        store = ObjectStore(settings_for("masterdata", **given))
        await store.put(HASH, BYTES)
        answer = await store.send("HEAD", store.key(HASH))
        assert answer.headers.get("x-amz-object-lock-mode") == mode
        await store.close()
