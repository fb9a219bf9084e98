"""Opening balances: checked cell by cell, booked once and whole."""

from datetime import date
from typing import Any

import httpx

from services.finance.tests.conftest import ITEM, balances, issued
from shared.ids import new_id

GOOD = """account,debit,credit,partner,item,quantity
1002,5000,,,,
1403,300,,,R-10K,30
1122,700,,C1,,
220201,,400,S1,,
4001,,5600,,,
"""


async def load(manager: Any, content: Any, *, dry_run: int = 0) -> Any:
    files = {"file": ("opening.csv", content.encode())}
    return await manager.post(f"/imports/opening?dry_run={dry_run}", files=files)


async def test_a_dry_run_books_nothing_and_the_import_everything(
    clerk: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    feed: Any,
    books: dict[str, Any],
    masters: None,
    day: date,
) -> None:
    tried = (await load(manager, GOOD, dry_run=1)).json()
    assert (tried["problems"], tried["voucher"], tried["debit"]) == ([], None, "6000")
    assert await balances(clerk) == {}
    await feed(issued(day, new_id(), 10))  # waits for stock that finance does not know yet
    assert len((await clerk.get("/pending-facts")).json()) == 1
    done = await load(manager, GOOD)
    assert done.json()["voucher"].startswith("记-"), done.text
    assert await balances(clerk) == {
        "1002": "5000", "1122": "700", "1403": "200", "220201": "-400", "4001": "-5600",
        "500101": "100",
    }  # fmt: skip
    again = await load(manager, GOOD)
    assert again.json()["type"] == "/problems/opening-done"
    values = (await clerk.get("/stock-values")).json()["lines"]
    assert [(one["item_id"], one["quantity"]) for one in values] == [(str(ITEM), "20")]


async def test_every_wrong_cell_is_named(
    manager: httpx.AsyncClient, books: dict[str, Any], masters: None
) -> None:
    bad = """account,debit,credit,partner,item,quantity
9999,1,,,,
1405,1,,,,
220202,,1,S1,,
1403,5,,,R-10K,
140501,5,,,R-10K,1
1122,5,,S1,,
1002,1,1,,,
1002,x,,,,
1122,,5,C1,,
"""
    found = (await load(manager, bad)).json()
    assert found["voucher"] is None
    assert {(one["row"], one["column"]) for one in found["problems"]} >= {
        (2, "account"), (3, "account"), (4, "account"), (5, "quantity"), (6, "item"),
        (7, "partner"), (8, "debit"), (9, "debit"), (10, "debit"), (0, "debit"),
    }  # fmt: skip
    assert all(one["text_zh"] for one in found["problems"])


async def test_a_file_that_is_no_list_is_refused(
    manager: httpx.AsyncClient, books: dict[str, Any]
) -> None:
    for content in ("", "a,b\n1,2\n", "\xff\xfe"):
        answer = await load(manager, content)
        assert answer.json()["type"] == "/problems/opening-unreadable"


async def test_books_must_be_open(manager: httpx.AsyncClient) -> None:
    assert (await load(manager, GOOD)).json()["type"] == "/problems/books-not-open"
