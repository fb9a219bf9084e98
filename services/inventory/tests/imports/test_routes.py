from typing import Any

from services.inventory.tests.conftest import problem


async def send(warehouse: Any, kind: Any, content: Any, dry_run: str = "0") -> Any:
    files = {"file": (f"{kind}.csv", content.encode(), "text/csv")}
    return await warehouse.worker.post(f"/imports/{kind}", params={"dry_run": dry_run}, files=files)


PLACES = "warehouse_code,zone_code,status,storage_class,bin_code\n"
OPENING = "item_code,lot_number,maker_lot,serial,usable_until,bin_code,quantity\n"


async def test_places_come_in_once_and_a_rehearsal_changes_nothing(warehouse: Any) -> None:
    content = PLACES + "W2,Z1,released,cold,W2-1\nW2,Z1,released,cold,W2-2\n"
    for dry_run, created, unchanged in (("1", 2, 0), ("0", 2, 0), ("0", 0, 2)):
        answer = await send(warehouse, "places", content, dry_run)
        assert answer.status_code == 200, answer.text
        outcome = answer.json()
        assert (outcome["created"], outcome["unchanged"]) == (created, unchanged)
    changed = PLACES + "W2,Z1,rejected,cold,W2-3\n"
    problem(await send(warehouse, "places", changed), 409, "zone-differs")
    wrong = PLACES + "W2,Z1,lost,cold,W2-3\n"
    error = problem(await send(warehouse, "places", wrong), 422, "import-refused")["errors"][0]
    assert (error["row"], error["column"], error["value"]) == (2, "status", "lost")


async def test_opening_stock_is_released_stock_and_comes_in_once(warehouse: Any) -> None:
    item = await warehouse.make_item(code="ITEM-1")
    [shelf, *_] = await warehouse.bins("released")
    content = OPENING + f"ITEM-1,L1,M1,,2030-01-31,{shelf['code']},12.000\n"
    assert (await send(warehouse, "opening", content, "1")).status_code == 200
    assert await warehouse.lines(item) == []
    assert await warehouse.told("stock_received") == []
    answer = await send(warehouse, "opening", content)
    assert (answer.status_code, answer.json()["created"]) == (200, 1), answer.text
    [line] = await warehouse.lines(item)
    assert (line["on_hand"], line["quality"], line["usable_until"]) == (
        "12",
        "released",
        "2030-01-31",
    )
    [told] = await warehouse.told("stock_received")
    assert (told["source"], told["maker_lot"]) == ("opening", "M1")
    again = problem(await send(warehouse, "opening", content), 422, "import-refused")
    assert again["errors"][0]["column"] == "lot_number"
    await warehouse.balanced()


async def test_every_wrong_cell_of_the_opening_stock_is_named(warehouse: Any) -> None:
    await warehouse.make_item(code="LOT")
    await warehouse.make_item(code="SER", tracking="serial")
    [shelf, *_] = await warehouse.bins("released")
    [rejected] = await warehouse.bins("rejected")
    content = OPENING + "\n".join(
        (
            f"NONE,L1,,,,{shelf['code']},1",
            "LOT,L1,,,,NOWHERE,1",
            f"LOT,L1,,,,{rejected['code']},1",
            f"SER,L1,,,,{shelf['code']},1",
            f"SER,L1,,S1,,{shelf['code']},2",
        )
    )
    errors = problem(await send(warehouse, "opening", content), 422, "import-refused")["errors"]
    assert [(e["row"], e["column"]) for e in errors] == [
        (2, "item_code"),
        (3, "bin_code"),
        (4, "bin_code"),
        (5, "serial"),
        (6, "serial"),
    ]
    for bad in ("", "item_code,colour\nA,red\n", OPENING, OPENING + "LOT,L1,,,,B,many\n"):
        problem(await send(warehouse, "opening", bad), 422, "import-refused")
