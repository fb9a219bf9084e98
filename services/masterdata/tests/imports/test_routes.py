from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.support.services import ServiceUnderTest

Load = Callable[..., Awaitable[httpx.Response]]
MakeItems = Callable[..., Awaitable[None]]

UNITS = "code,name,name_zh,decimals\npcs,piece,件,0\nm,metre,米,3\n"
ITEMS = """code,name,name_zh,spec,kind,stock_unit,decimals,tracking,shelf_life_days,\
minimum_life_days,inspect_incoming,inspect_completion,storage_class,certificate_number,regulated,\
lead_time_days,order_minimum,order_multiple,safety_stock
RW-1,Valve,阀,,purchased,pcs,0,lot,730,180,true,false,ambient,,false,14,10,5,0
RW-2,Tube,管,4 mm,raw,m,2,lot,,,1,0,ambient,,0,7,,,
"""
COMPANY = {
    "work_centres": "code,name,labour_rate,overhead_rate\nASM,Assembly,60,20\n",
    "suppliers": "code,name,currency,payment_days\nMCM,McMaster,USD,30\n",
    "qualifications": "supplier_code,kind,number,valid_from,valid_to\n"
    "MCM,business_licence,BL-1,2020-01-01,2099-01-01\n",
    "sources": "item_code,supplier_code,supplier_part_no,rank,price,currency,order_minimum,"
    "order_multiple,lead_time_days,assumed\nRW-1,MCM,92095A,1,1.32,USD,10,5,14,false\n",
    "customers": "code,name,kind,country,address,contact,currency,payment_days,credit_limit,"
    "minimum_life_days\nH1,First Hospital,hospital,CN,Beijing,Wang,CNY,60,1000000,90\n",
    "licences": "customer_code,kind,number,scope,valid_from,valid_to\n"
    "H1,practice_licence,ML-1,,2020-01-01,2099-01-01\n",
    "certificates": "number,holder,product,device_class,valid_from,valid_to,item_codes\n"
    "国械注准20213080001,Mailuo,Valve,3,2021-01-01,2099-01-01,RW-1;RW-2\n",
    "boms": "item_code,revision,line,component_code,quantity,scrap,operation,valid_from\n"
    "RW-1,A,1,RW-2,0.5,0.1,10,2020-01-01\n",
    "routings": "item_code,revision,operation,name,kind,work_centre_code,setup_minutes,"
    "run_minutes\nRW-1,A,10,Cut,fabrication,ASM,5,2\nRW-1,A,20,Glue,assembly,ASM,,3.5\n",
    "rates": "currency,day,rate\nUSD,2026-01-01,7.1\n",
}


async def told(masterdata: ServiceUnderTest) -> dict[str, int]:
    async with masterdata.session() as session:
        rows = await session.execute(
            text("SELECT subject, count(*) AS n FROM outbox GROUP BY subject")
        )
        return {row.subject.split(".")[2]: row.n for row in rows}


@pytest.mark.req("A3", "A5", "A6", "A13", "A14")
async def test_a_whole_company_comes_in_and_again_changes_nothing(
    load: Load, masterdata: ServiceUnderTest
) -> None:
    files = {"units": UNITS, "items": ITEMS} | COMPANY
    for kind, content in files.items():
        outcome = (await load(kind, content)).json()
        assert (outcome["changed"], outcome["unchanged"]) == (0, 0), outcome
        assert outcome["created"] >= 1
    before = await told(masterdata)
    assert before["item_published"] == 4  # two items, told again with their certificate
    assert before["bom_published"] == before["routing_published"] == 1
    assert before["source_priced"] == before["work_centre_rated"] == 1
    for kind, content in files.items():
        outcome = (await load(kind, content)).json()
        assert (outcome["created"], outcome["changed"]) == (0, 0), outcome
    assert await told(masterdata) == before


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    load: Load, masterdata: ServiceUnderTest, admin: httpx.AsyncClient
) -> None:
    await load("units", UNITS)
    outcome = (await load("items", ITEMS, dry_run=True)).json()
    assert (outcome["dry_run"], outcome["created"]) == (True, 2)
    assert outcome["created_keys"] == ["RW-1", "RW-2"]
    assert (await admin.get("/items")).json()["total"] == 0
    assert "item_published" not in await told(masterdata)


async def test_every_wrong_cell_is_named_and_nothing_is_taken_over(
    load: Load, admin: httpx.AsyncClient
) -> None:
    await load("units", UNITS)
    wrong = (
        "code,name,kind,stock_unit,lead_time_days\nA,Good,raw,pcs,1\nB,,raw,pcs,x\nC,c,ra,kg,1\n"
    )
    problem = (await load("items", wrong, status=422)).json()
    cells = {(one["row"], one["column"], one["code"]) for one in problem["errors"]}
    assert cells == {
        (3, "name", "missing"), (3, "lead_time_days", "int_parsing"), (4, "kind", "literal_error"),
    }  # fmt: skip
    assert all(one["detail"]["en"] and one["detail"]["zh"] for one in problem["errors"])
    unknown = "code,name,kind,stock_unit\nA,Good,raw,pcs\nC,c,raw,kg\n"
    problem = (await load("items", unknown, status=422)).json()
    assert [(e["row"], e["column"], e["value"]) for e in problem["errors"]] == [
        (3, "stock_unit", "kg")
    ]
    assert (await admin.get("/items")).json()["total"] == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("code,nme\nA,b\n", "unknown_column"),
        ("code,name\n", "no_rows"),
        ("code,name\nA,b\nA,c\n", "twice"),
        ("code,name\nA,b,c\n", "ragged"),
    ],
)
async def test_a_misshapen_file_is_refused(load: Load, content: str, code: str) -> None:
    problem = (await load("units", content, status=422)).json()
    assert problem["errors"][0]["code"] == code


async def test_text_that_is_not_utf8_and_kinds_that_are_not_there(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/imports/units", files={"file": ("u.csv", "码,名\n".encode("gbk"))})
    assert answer.status_code == 422
    assert (await admin.post("/imports/cats", files={"file": ("c", b"a\n1\n")})).status_code == 404


async def test_a_bom_row_is_named_inside_its_structure(load: Load, make_items: MakeItems) -> None:
    await make_items("A", "B")
    rows = "item_code,revision,line,component_code,quantity,valid_from\n"
    rows += "A,1,1,B,1,2020-01-01\nA,1,2,NONE,1,2020-01-01\nA,1,3,B,-1,2020-01-01\n"
    problem = (await load("boms", rows, status=422)).json()
    assert [(e["row"], e["column"]) for e in problem["errors"]] == [(4, "quantity")]
    problem = (await load("boms", rows.replace("-1", "1"), status=422)).json()
    assert [(e["row"], e["column"]) for e in problem["errors"]] == [(3, "component_code")]


async def test_the_statements_do_not_grow_with_the_rows(
    load: Load, masterdata: ServiceUnderTest, make_items: MakeItems
) -> None:
    await make_items("X")
    sizes: list[Any] = []
    for many in (2, 40):
        rows = "\n".join(f"I{many}-{n},n,raw,pcs" for n in range(many))
        with masterdata.counted() as statements:
            await load("items", f"code,name,kind,stock_unit\n{rows}\n")
        sizes.append(len(statements))
    assert sizes[0] == sizes[1] <= 9, statements


STRUCTURES = "item_code,revision,line,component_code,quantity,scrap,valid_from\n"


async def test_structures_and_certificates_are_imported_in_as_many_statements(
    load: Load,
    masterdata: ServiceUnderTest,
    make_items: MakeItems,
) -> None:
    counts: list[list[int]] = []
    for many in (2, 20):
        codes = [f"S{many}-{place}" for place in range(many)]
        await make_items(*codes, f"PART-{many}")
        sent: list[int] = []
        lines = [f"{code},1,1,PART-{many},2,0,2020-01-01" for code in codes]
        newer = [f"{code},2,1,PART-{many},3,0,2026-06-01" for code in codes]
        papers = [
            f"国械备2022{many * 100 + place:04d}号,Holder,Device,1,2022-01-01,{code}"
            for place, code in enumerate(codes)
        ]
        for kind, head, rows in (
            ("boms", STRUCTURES, lines),
            ("boms", STRUCTURES, newer),  # ends the revisions before
            ("certificates", "number,holder,product,device_class,valid_from,item_codes\n", papers),
        ):
            for dry_run in (True, False):
                with masterdata.counted() as statements:
                    asked = head + "\n".join(rows) + "\n"
                    answer = await load(kind, asked, dry_run=dry_run)
                assert answer.json()["created"] == many, answer.text
                sent.append(len(statements))
        counts.append(sent)
    assert counts[0] == counts[1], counts
    assert max(counts[0]) <= 9, counts


async def test_a_rehearsal_that_is_refused_leaves_nothing(
    load: Load,
    make_items: MakeItems,
    admin: httpx.AsyncClient,
) -> None:
    await make_items("A", "B")
    circle = "A,1,1,B,1,0,2020-01-01\nB,1,1,A,1,0,2020-01-01\n"
    refused = await load("boms", STRUCTURES + circle, dry_run=True, status=409)
    assert refused.json()["type"] == "/problems/bom-cycle"
    assert (await admin.get("/boms")).json()["total"] == 0
