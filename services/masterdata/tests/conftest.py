"""The people and rows that masterdata's tests begin with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.services import ServiceUnderTest

NOUNS = (
    "unit", "item", "supplier", "source", "customer", "certificate", "bom", "routing",
    "work_centre", "rate", "company",
)  # fmt: skip
PERMISSIONS = (
    *(f"masterdata.{noun}.{verb}" for noun in NOUNS for verb in ("read", "write", "resend")),
    "masterdata.supplier.qualify",
    "masterdata.customer.license",
    "masterdata.bom.release",
    "masterdata.import.run",
)


@pytest.fixture
async def masterdata(service: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    async with service("masterdata") as running:
        yield running


@pytest.fixture
def admin(masterdata: ServiceUnderTest) -> httpx.AsyncClient:
    return masterdata.as_user(*PERMISSIONS)


@pytest.fixture
def load(admin: httpx.AsyncClient) -> Callable[..., Awaitable[httpx.Response]]:
    """Import CSV text; the answer is checked unless `status` is another."""

    async def load(
        kind: str, text: str, *, dry_run: bool = False, status: int = 200
    ) -> httpx.Response:
        files = {"file": (f"{kind}.csv", text.encode())}
        answer = await admin.post(f"/imports/{kind}?dry_run={int(dry_run)}", files=files)
        assert answer.status_code == status, answer.text
        return answer

    return load


@pytest.fixture
async def make_items(load: Callable[..., Awaitable[httpx.Response]]) -> Callable[..., Any]:
    """Items by code, made in pieces; answers nothing."""

    async def make(*codes: str) -> None:
        await load("units", "code,name,decimals\npcs,piece,0\nm,metre,3\n")
        rows = "\n".join(f"{code},{code},manufactured,pcs" for code in codes)
        await load("items", f"code,name,kind,stock_unit\n{rows}\n")

    return make
