"""The drill: back up while orders run, lose everything, restore to a point, reconcile, go on."""

import asyncio
import json
import logging
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import structlog
from joserfc.jwk import OKPKey
from rich.console import Console

from deploy.local.backup import backup, follow, restore
from deploy.local.messages import Unstartable
from deploy.local.place import private_path
from deploy.local.ports import free_base, port_of
from deploy.local.postgres import start_postgres
from deploy.local.processes import stop
from deploy.local.reconcile import work
from deploy.local.stack import Stack
from deploy.local.wiring import Plan
from shared.auth import mint
from tests.journeys.test_order_to_delivery import DATA, IMPORT, KINDS, act, eventually, read
from tests.support.services import COMPANY

SELLER, APPROVER = f"user:{UUID(int=0xA4)}", f"user:{UUID(int=0xA5)}"
BEFORE, BETWEEN, AFTER = 4, 4, 4  # orders before the backup, up to the point, and after it


class Company:
    """People of a running stack, straight at its services."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.key = OKPKey.import_key(json.loads(plan.safe.signing_key("gateway")))
        self.clients: list[httpx.AsyncClient] = []
        self.orders: list[str] = []

    def person(self, context: str, *permissions: str, subject: str = SELLER) -> httpx.AsyncClient:
        token = mint(
            self.key, issuer="gateway", subject=subject, audience=context, company_id=COMPANY,
            permissions=list(permissions), name="Drill",
        )  # fmt: skip
        url = f"http://127.0.0.1:{port_of(self.plan.base, context)}"
        headers = {"Authorization": f"Bearer {token}"}
        self.clients.append(httpx.AsyncClient(base_url=url, headers=headers, timeout=30))
        return self.clients[-1]

    async def load(self) -> None:
        importer = self.person("masterdata", *IMPORT)
        for kind in KINDS:
            text = (DATA / f"{kind}.csv").read_text(encoding="utf-8")
            answer = await importer.post(f"/imports/{kind}", files={"file": (f"{kind}.csv", text)})
            assert answer.status_code == 200, f"{kind}: {answer.text}"

    async def order(self) -> str:
        """An order, approved: its saga reserves, and asks production for what is short."""
        verbs = ("read", "write", "submit", "approve")
        rights = [f"sales.order.{verb}" for verb in verbs]
        seller = self.person("sales", *rights)
        approver = self.person("sales", *rights, subject=APPROVER)
        master = self.person("masterdata", "masterdata.customer.read", "masterdata.item.read")
        hospital = (await read(master, "/customers", q="LH-HOSP"))["items"][0]
        item = (await read(master, "/items", q="RW-VENT"))["items"][0]
        line = {"item_id": item["id"], "quantity": "1", "price": "60000", "due_on": "2027-03-01"}

        async def placed() -> dict[str, Any]:
            answer = await seller.post(
                "/orders", json={"customer_id": hospital["id"], "lines": [line]}
            )
            return answer.json() if answer.status_code == 201 else {}

        order = await eventually(placed, 20)
        path = f"/orders/{order['id']}/actions"
        order = await act(seller, f"{path}/submit", version=order["version"])
        await act(approver, f"{path}/approve", version=order["version"])
        self.orders.append(order["id"])
        return str(order["id"])

    async def demanded(self, ids: list[str]) -> bool:
        planner = self.person("production", "production.demand.read")
        found = [(await planner.get(f"/demands/{id}")).status_code for id in ids]
        return all(status == 200 for status in found)


@asynccontextmanager
async def at_work(home: Path) -> AsyncIterator[Company]:
    """The whole stack on a home, and everything ended afterwards."""
    plan = Plan(home, free_base(), demo=False)
    stack = Stack(plan, Console(quiet=True))
    company = Company(plan)
    try:
        await stack.start()
        yield company
    finally:
        for client in company.clients:
            await client.aclose()
        await stack.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A place for homes; the stack's log file is closed and this process's logs are as before."""
    tmp_path.chmod(0o755)
    handlers = list(logging.root.handlers)
    yield tmp_path
    for handler in [one for one in logging.root.handlers if one not in handlers]:
        handler.close()
    logging.root.handlers = handlers
    structlog.reset_defaults()
    for home in ("lost", "found", "other"):
        shutil.rmtree(private_path(tmp_path / home), ignore_errors=True)


async def until_the_accident(home: Path, target: Path) -> tuple[datetime, list[str], list[str]]:
    """Orders run; backup and WAL are taken meanwhile. The point, orders up to it, and later."""
    async with at_work(home) as company:
        await company.load()
        for _ in range(BEFORE):
            await company.order()
        running = asyncio.create_task(orders(company, BETWEEN))
        streaming = await asyncio.to_thread(follow, home, target)
        await asyncio.to_thread(backup, home, target)
        await running
        await eventually(lambda: company.demanded(company.orders), 30)
        until = len(company.orders)
        with psycopg.connect(start_postgres(home).conninfo()) as connection:
            point = connection.execute("SELECT clock_timestamp()").fetchone()
            assert point is not None
        await orders(company, AFTER)
        await asyncio.sleep(1)  # the WAL of the last order is on its way
        stop(streaming.pid, "pg_receivewal", (signal.SIGINT,))
    return point[0], company.orders[:until], company.orders[until:]


async def orders(company: Company, number: int) -> None:
    for _ in range(number):
        await company.order()


# The supervisor keeps its log file open until its process ends; here the process goes on.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.req("REQ-90")
def test_a_backup_taken_while_orders_run_is_restored_to_a_point(folder: Path) -> None:
    lost, found, target = folder / "lost", folder / "found", folder / "backup"
    point, kept, gone = asyncio.run(until_the_accident(lost, target))
    assert (len(kept), len(gone)) == (BEFORE + BETWEEN, AFTER)
    shutil.rmtree(lost)
    restore(target, found, point, 0)
    asyncio.run(after_the_restore(found, kept, gone))


async def after_the_restore(home: Path, kept: list[str], gone: list[str]) -> None:
    async with at_work(home) as company:
        seller = company.person("sales", "sales.order.read")
        for id in kept:
            assert (await seller.get(f"/orders/{id}")).status_code == 200, "an order was lost"
        for id in gone:
            assert (await seller.get(f"/orders/{id}")).status_code == 404, "later than the point"

        async def agrees() -> bool:
            return await work(company.plan, repair=True, replay=None) == 0

        await eventually(agrees, 30)
        assert await company.demanded(kept)
        fresh = await company.order()
        await eventually(lambda: company.demanded([fresh]), 30)
        assert await eventually(agrees, 30)
        platform = company.person("sales", "sales.platform.read")
        verdict = await read(platform, "/audit/verification")
        assert verdict["intact"], verdict


def test_refusals_are_one_sentence_each_and_touch_nothing(folder: Path) -> None:
    home = folder / "other"
    home.mkdir()
    (home / "mine").touch()
    (folder / "base").mkdir()
    with pytest.raises(Unstartable, match="holds no backup"):
        restore(folder, home, None, 0)
    (folder / "base" / "PG_VERSION").touch()
    gone = {"Files": [{"Path": "global/1", "Checksum": ""}]}
    (folder / "base" / "backup_manifest").write_text(json.dumps(gone), encoding="utf-8")
    with pytest.raises(Unstartable, match=r"global/1 is not as it was"):
        restore(folder, folder / "fresh", None, 0)
    with pytest.raises(Unstartable, match="is not empty"):
        restore(folder, home, None, 0)
    with pytest.raises(Unstartable, match="is not running"):
        backup(home, folder)
    assert [path.name for path in home.iterdir()] == ["mine"]
