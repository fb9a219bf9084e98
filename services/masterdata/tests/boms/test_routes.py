from collections.abc import Awaitable, Callable

import httpx
import pytest

Load = Callable[..., Awaitable[httpx.Response]]
MakeItems = Callable[..., Awaitable[None]]

HEAD = "item_code,revision,line,component_code,quantity,scrap,valid_from\n"


async def ids(admin: httpx.AsyncClient) -> dict[str, str]:
    return {i["code"]: i["id"] for i in (await admin.get("/items?size=200")).json()["items"]}


@pytest.mark.req("A13")
async def test_explode_and_where_used_over_levels(
    load: Load, make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("TOP", "MID", "LEAF")
    await load("boms", HEAD + "TOP,1,1,MID,2,0,2020-01-01\nMID,1,1,LEAF,3,0.25,2020-01-01\n")
    codes = await ids(admin)
    tree = (await admin.get(f"/boms/explode?item_id={codes['TOP']}&quantity=5")).json()
    assert [(n["level"], n["component_code"], n["quantity"]) for n in tree] == [
        (1, "MID", "10"), (2, "LEAF", "40"),
    ]  # fmt: skip
    assert tree[1]["path"] == ["TOP", "MID", "LEAF"]
    used = (await admin.get(f"/boms/where-used?item_id={codes['LEAF']}")).json()
    assert [(n["level"], n["item_code"]) for n in used] == [(1, "MID"), (2, "TOP")]


@pytest.mark.req("A13")
async def test_a_circle_is_refused_naming_the_path(
    load: Load, make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("A", "B", "C")
    await load("boms", HEAD + "A,1,1,B,1,0,2020-01-01\nB,1,1,C,1,0,2020-01-01\n")
    problem = (await load("boms", HEAD + "C,1,1,A,1,0,2020-01-01\n", status=409)).json()
    assert problem["path"] == ["C", "A", "B", "C"]
    assert (await admin.get("/boms")).json()["total"] == 2


@pytest.mark.req("A13")
async def test_a_draft_is_changed_released_and_then_stands(
    make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("A", "B", "C")
    line = {"line": 1, "component_code": "B", "quantity": "1"}
    wish = {"item_code": "A", "revision": "1", "valid_from": "2020-01-01", "lines": [line]}
    draft = (await admin.post("/boms", json=wish)).json()
    assert draft["state"] == "draft"
    other = wish | {"lines": [line | {"component_code": "C", "quantity": "0.5"}]}
    stale = await admin.put(f"/boms/{draft['id']}", json=other, headers={"If-Match": "9"})
    assert stale.status_code == 412
    changed = await admin.put(f"/boms/{draft['id']}", json=other, headers={"If-Match": "1"})
    assert (changed.json()["version"], changed.json()["lines"][0]["quantity"]) == (2, "0.5")
    act = {"version": 2}
    released = await admin.post(f"/boms/{draft['id']}/actions/release", json=act)
    assert (released.json()["state"], released.json()["version"]) == ("released", 3)
    again = await admin.post(f"/boms/{draft['id']}/actions/release", json={"version": 3})
    assert again.json()["type"] == "/problems/action-not-allowed"
    refused = await admin.put(f"/boms/{draft['id']}", json=wish, headers={"If-Match": "3"})
    assert refused.status_code == 422


@pytest.mark.req("A13")
async def test_a_new_revision_ends_the_one_before_and_overlaps_are_refused(
    load: Load, make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("A", "B")
    await load("boms", HEAD + "A,1,1,B,1,0,2020-01-01\n")
    await load("boms", HEAD + "A,2,1,B,2,0,2026-06-01\n")
    boms = (await admin.get("/boms?sort=valid_from")).json()["items"]
    assert [(b["revision"], b["valid_to"]) for b in boms] == [("1", "2026-05-31"), ("2", None)]
    problem = (await load("boms", HEAD + "A,3,1,B,2,0,2021-01-01\n", status=409)).json()
    assert problem["type"] == "/problems/revisions-overlap"


async def test_a_line_that_is_dropped_changes_its_draft(
    make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("A", "B", "C")
    lines = [
        {"line": place, "component_code": code, "quantity": "1"}
        for place, code in enumerate("BC", start=1)
    ]
    wish = {"item_code": "A", "revision": "1", "valid_from": "2020-01-01", "lines": lines}
    place = f"/boms/{(await admin.post('/boms', json=wish)).json()['id']}"
    fewer = wish | {"lines": lines[:1]}
    changed = (await admin.put(place, json=fewer, headers={"If-Match": "1"})).json()
    assert (changed["version"], [one["line"] for one in changed["lines"]]) == (2, [1])
    same = (await admin.put(place, json=fewer, headers={"If-Match": "2"})).json()
    assert same["version"] == 2
    back = (await admin.put(place, json=wish, headers={"If-Match": "2"})).json()
    assert (back["version"], [one["line"] for one in back["lines"]]) == (3, [1, 2])


SWAPS = "item_code,revision,line,component_code,quantity,substitutes,valid_from\n"


@pytest.mark.req("A13", "C2")
async def test_where_an_item_only_stands_in_it_is_found_too(
    load: Load, make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("TOP", "MID", "MAIN", "S1", "S2", "OTHER")
    await load(
        "boms", SWAPS + "TOP,1,1,MID,1,,2020-01-01\nMID,1,1,MAIN,2,S2; S1 * 0.5,2020-01-01\n"
    )
    await load("boms", SWAPS + "OTHER,1,1,S1,1,,2020-01-01\nOTHER,1,2,MAIN,1,S1,2020-01-01\n")
    codes = await ids(admin)

    async def used(code: str) -> list[tuple[int, str, int | None]]:
        found = (await admin.get(f"/boms/where-used?item_id={codes[code]}")).json()
        return [(one["level"], one["item_code"], one["priority"]) for one in found]

    assert await used("S1") == [(1, "MID", 2), (1, "OTHER", None), (2, "TOP", 2)]
    assert await used("MAIN") == [(1, "MID", None), (1, "OTHER", None), (2, "TOP", None)]


@pytest.mark.req("C2")
async def test_substitutes_are_told_by_priority_and_a_released_line_keeps_them(
    load: Load, make_items: MakeItems, admin: httpx.AsyncClient
) -> None:
    await make_items("TOP", "MAIN", "S1", "S2")
    rows = SWAPS + "TOP,1,1,MAIN,2,S2; S1 * 0.5,2020-01-01\n"
    await load("boms", rows)
    codes = await ids(admin)
    [bom] = (await admin.get("/boms")).json()["items"]
    assert bom["lines"][0]["substitutes"] == [
        {"component_id": codes["S2"], "quantity": None, "priority": 1},
        {"component_id": codes["S1"], "quantity": "0.5", "priority": 2},
    ]
    assert (await load("boms", rows)).json()["unchanged"] == 1
    other = rows.replace("S2; S1 * 0.5", "S2")
    refused = (await load("boms", other, status=422)).json()
    assert refused["errors"][0]["code"] == "released"


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("instead", "code"), [("NONE", "unknown_code"), ("MAIN", "substitute_twice"),
                          ("S1;S1", "substitute_twice")],
)  # fmt: skip
async def test_an_impossible_substitute_is_named(
    load: Load, make_items: MakeItems, instead: str, code: str
) -> None:
    await make_items("TOP", "MAIN", "S1")
    rows = SWAPS + f"TOP,1,1,MAIN,2,{instead},2020-01-01\n"
    [fault] = (await load("boms", rows, status=422)).json()["errors"]
    assert (fault["column"], fault["code"]) == ("substitutes", code)


@pytest.mark.req("C2")
async def test_substitutes_that_wait_for_one_another_are_refused(
    load: Load, make_items: MakeItems
) -> None:
    await make_items("TOP", "A", "B")
    rows = SWAPS + "TOP,1,1,A,1,B,2020-01-01\nTOP,1,2,B,1,A,2020-01-01\n"
    problem = (await load("boms", rows, status=409)).json()
    assert problem["type"] == "/problems/substitute-cycle"
    assert problem["path"] in (["A", "B", "A"], ["B", "A", "B"])
    within = SWAPS + "TOP,1,1,A,1,TOP,2020-01-01\n"
    assert (await load("boms", within, status=409)).json()["type"] == "/problems/bom-cycle"
