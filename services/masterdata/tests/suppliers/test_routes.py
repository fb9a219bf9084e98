import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.masterdata.suppliers.commands import lock_lapsed
from tests.support.services import ServiceUnderTest

SUPPLIER = {"code": "S1", "name": "Supplier one", "currency": "USD", "payment_days": 30}


def paper(number: Any, start: Any, end: Any) -> Any:
    return {
        "supplier_code": "S1", "kind": "business_licence", "number": number,
        "valid_from": str(start), "valid_to": str(end),
    }  # fmt: skip


@pytest.mark.req("REQ-08")
async def test_a_lapsed_licence_locks_and_a_renewal_unlocks(
    admin: httpx.AsyncClient, masterdata: ServiceUnderTest
) -> None:
    clock = masterdata.app.state.clock
    today = clock.today()
    await admin.post("/suppliers", json=SUPPLIER)
    shown = await admin.post("/suppliers/qualifications", json=paper("1", "2020-01-01", today))
    assert shown.json()["locked"] is False
    async with masterdata.session("service:masterdata") as session:
        await lock_lapsed(session, clock)
    assert (await admin.get(f"/suppliers/{shown.json()['id']}")).json()["locked"] is False
    later = type(clock)(clock.zone, timedelta(days=1))
    for _ in range(2):
        async with masterdata.session("service:masterdata") as session:
            await lock_lapsed(session, later)
    locked = (await admin.get(f"/suppliers/{shown.json()['id']}")).json()
    assert (locked["locked"], locked["version"]) == (True, 3)
    renewed = await admin.post(
        "/suppliers/qualifications", json=paper("2", today, today + timedelta(days=365))
    )
    assert (renewed.json()["locked"], renewed.json()["version"]) == (False, 4)


async def test_the_same_code_created_at_once_stands_once(admin: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(admin.post("/suppliers", json=SUPPLIER) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_change_deactivate_and_tell_again(
    admin: httpx.AsyncClient, masterdata: ServiceUnderTest
) -> None:
    created = (await admin.post("/suppliers", json=SUPPLIER)).json()
    url = f"/suppliers/{created['id']}"
    renamed = SUPPLIER | {"name": "Renamed"}
    changed = await admin.put(url, json=renamed, headers={"If-Match": "1"})
    assert (changed.json()["name"], changed.json()["version"]) == ("Renamed", 2)
    assert (await admin.put(url, json=renamed, headers={"If-Match": "1"})).status_code == 412
    other = await admin.put(url, json=SUPPLIER | {"code": "S2"}, headers={"If-Match": "2"})
    assert other.status_code == 422
    off = await admin.post(f"{url}/actions/deactivate", json={"version": 2})
    assert (off.json()["active"], off.json()["version"]) == (False, 3)
    assert (await admin.post("/suppliers/actions/resend")).json() == {"told": 1}
    async with masterdata.session() as session:
        last = await session.execute(
            text("SELECT body->>'version' AS v FROM outbox ORDER BY position DESC LIMIT 1")
        )
        assert last.scalar_one() == "3"


async def test_without_the_permission_nothing_is_changed(masterdata: ServiceUnderTest) -> None:
    reader = masterdata.as_user("masterdata.supplier.read")
    answer = await reader.post("/suppliers", json=SUPPLIER)
    assert (answer.status_code, answer.json()["permission"]) == (403, "masterdata.supplier.write")


async def test_what_is_not_known_is_named(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(
        "/suppliers/qualifications", json=paper("1", "2020-01-01", "2030-01-01")
    )
    assert answer.json()["errors"][0]["pointer"] == "/0/supplier_code"
    wrong = paper("1", "2030-01-01", "2020-01-01")
    assert (await admin.post("/suppliers/qualifications", json=wrong)).status_code == 422
