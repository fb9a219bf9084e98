"""The demo company's own files, through the public import."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

Load = Callable[..., Awaitable[httpx.Response]]

DATA = Path(__file__).resolve().parents[4] / "demo" / "data" / "company"
ORDER = (
    "units", "work_centres", "suppliers", "qualifications", "items", "certificates", "sources",
    "customers", "licences", "boms", "routings", "rates",
)  # fmt: skip


@pytest.mark.req("A13", "A14")
async def test_the_demo_company_comes_in_and_a_second_time_changes_nothing(
    load: Load, admin: httpx.AsyncClient
) -> None:
    for kind in ORDER:
        content = (DATA / f"{kind}.csv").read_text(encoding="utf-8")
        dry = (await load(kind, content, dry_run=True)).json()
        done = (await load(kind, content)).json()
        assert dry | {"dry_run": False} == done | {"created_keys": dry["created_keys"]}
    for kind in ORDER:
        content = (DATA / f"{kind}.csv").read_text(encoding="utf-8")
        again = (await load(kind, content)).json()
        assert (again["created"], again["changed"]) == (0, 0), again
    found = (await admin.get("/items?q=RW-VENT&size=200")).json()["items"]
    ventilator = next(item for item in found if item["code"] == "RW-VENT")
    tree = (await admin.get(f"/boms/explode?item_id={ventilator['id']}&quantity=5")).json()
    assert max(node["level"] for node in tree) >= 5
