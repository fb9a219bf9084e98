"""Published and hand-derived cases through the endpoint, and what it refuses."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.services import ServiceUnderTest

PATH = "/planning/simulations"
FILES = sorted((Path(__file__).parent / "cases").glob("*.json"))
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))]


@pytest.fixture
def planner(production: ServiceUnderTest) -> httpx.AsyncClient:
    return production.as_user("production.simulation.run")


@pytest.mark.req("C2")
async def test_published_cases(planner: httpx.AsyncClient) -> None:
    assert len(CASES) >= 25
    wrong = [fault for case in CASES for fault in await faults(planner, case)]
    assert not wrong, "\n".join(wrong)


async def faults(planner: httpx.AsyncClient, case: dict[str, Any]) -> list[str]:
    """Where an answer is not what the case expects."""
    answer = await planner.post(PATH, json=case["request"])
    if answer.status_code != 200:
        return [f"{case['name']}: {answer.text}"]
    items = {item["id"]: item for item in answer.json()["items"]}
    expect, found = case["expect"], list[tuple[str, Any, Any]]()
    for id, rows in expect.get("rows", {}).items():
        for name, row in rows.items():
            found.append((f"{id} {name}", [str(one) for one in row], items[id][name]))
    for id, releases in expect.get("releases", {}).items():
        orders = [
            [one["release_bucket"], int(one["start_quantity"])] for one in items[id]["orders"]
        ]
        found.append((f"{id} releases", releases, orders))
    for id, level in expect.get("levels", {}).items():
        found.append((f"{id} level", level, items[id]["level"]))
    if "messages" in expect:
        said = [
            [one[name] for name in ("item", "kind", "bucket", "to_bucket", "days", "quantity")]
            for item in items.values()
            for one in item["messages"]
        ]
        found.append(("messages", sorted(expect["messages"]), sorted(said)))
    if "pegs" in expect:
        found.append(("pegs", sorted(expect["pegs"], key=str), sorted(pegs_in(items), key=str)))
    return [f"{case['name']}: {what} {got} not {want}" for what, want, got in found if got != want]


def pegs_in(items: dict[str, Any]) -> list[list[Any]]:
    return [
        [
            *(peg["item"], peg["supply"]["kind"], peg["use"]["kind"], peg["use"]["item"]),
            *(peg["quantity"], peg["use"]["instead_of"]),
        ]
        for item in items.values()
        for peg in item["pegs"]
    ]


def request(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "buckets": 4,
        "unit": "day",
        "items": [{"id": "A", "on_hand": 1}, {"id": "B"}, {"id": "C"}],
        "bom": [{"parent": "A", "component": "B", "per": 2}],
        "demand": [{"item": "A", "bucket": 1, "quantity": 5}],
    }
    return plain | changes


def line(parent: str, component: str, per: Any = 1, **more: Any) -> dict[str, Any]:
    return {"parent": parent, "component": component, "per": per, **more}


def wanted(quantity: Any, item: str = "A", bucket: int = 0) -> list[dict[str, Any]]:
    return [{"item": item, "bucket": bucket, "quantity": quantity}]


def of(**fields: Any) -> list[dict[str, Any]]:
    return [{"id": "A"} | fields, {"id": "B"}, {"id": "C"}]


REFUSED = [
    ({"bom": [line("A", "B"), line("B", "C"), line("C", "A")]}, "planning-cycle", "path", None),
    ({"bom": [line("B", "B")]}, "planning-cycle", "path", ["B", "B"]),
    ({"bom": [line("A", "NONE")]}, "planning-item-unknown", "item", "NONE"),
    ({"demand": wanted(1, "NONE")}, "planning-item-unknown", "item", "NONE"),
    ({"receipts": wanted(1, "NONE")}, "planning-item-unknown", "item", "NONE"),
    ({"items": [{"id": "A"}, {"id": "A"}, {"id": "B"}]}, "planning-item-twice", "item", "A"),
    ({"demand": wanted(-1)}, "planning-number-negative", "item", "A"),
    ({"items": of(on_hand=-1)}, "planning-number-negative", "item", "A"),
    ({"items": of(lead_time=-1)}, "planning-number-negative", "item", "A"),
    ({"bom": [line("A", "B", -2)]}, "planning-number-negative", "item", "A > B"),
    ({"demand": wanted("0.5")}, "planning-number-too-precise", "item", "A"),
    ({"items": of(on_hand="1.0001", decimals=3)}, "planning-number-too-precise", "item", "A"),
    ({"items": of(safety_stock=[1, 2])}, "bucket-out-of-horizon", "item", "A"),
    ({"demand": wanted(1, bucket=4)}, "bucket-out-of-horizon", "bucket", 4),
    ({"demand": wanted(1, bucket=-1)}, "bucket-out-of-horizon", "bucket", -1),
    ({"items": of(**{"yield": 0})}, "planning-number-out-of-range", "item", "A"),
    ({"items": of(**{"yield": "1.1"})}, "planning-number-out-of-range", "item", "A"),
    ({"bom": [line("A", "B", scrap=1)]}, "planning-number-out-of-range", "item", "A > B"),
    ({"items": of(on_hand=5, lots=[{"quantity": 6, "last_usable_bucket": 1}])},
     "planning-number-out-of-range", "item", "A"),
    ({"items": of(lot_rule={"minimum": 9, "maximum": 5})}, "lot-rule-impossible", "item", "A"),
    ({"items": of(lot_rule={"periods": 0})}, "lot-rule-impossible", "item", "A"),
    ({"items": of(shelf_life=1, minimum_life=2)}, "shelf-life-impossible", "item", "A"),
    ({"demand": wanted("1e15"), "bom": [line("A", "B", 1000000)]},
     "planning-overflow", "item", "B"),
    ({"items": of(lot_rule={"maximum": 1}), "demand": wanted(10**9)},
     "planning-too-many-orders", "item", "A"),
    ({"bom": [line("A", "B", substitutes=[{"component": "NONE"}])]},
     "planning-item-unknown", "item", "NONE"),
    ({"bom": [line("A", "B", substitutes=[{"component": "B"}])]},
     "planning-item-twice", "item", "B"),
    ({"bom": [line("A", "B", substitutes=[{"component": "C"}, {"component": "C"}])]},
     "planning-item-twice", "item", "C"),
    ({"bom": [line("A", "B", substitutes=[{"component": "C", "per": 0}])]},
     "planning-number-out-of-range", "item", "A > B / C"),
    ({"bom": [line("A", "B", substitutes=[{"component": "A"}])]},
     "planning-cycle", "path", ["A", "A"]),
    ({"bom": [line("A", "B", substitutes=[{"component": "C"}]),
              line("A", "C", substitutes=[{"component": "B"}])]},
     "planning-substitute-cycle", "path", ["B", "C", "B"]),
    ({"bom": [line("A", "B", substitutes=[{"component": "C"}]), line("B", "C")]},
     "planning-substitute-cycle", "path", ["B", "C", "B"]),
    ({"forecast": wanted(1, "NONE")}, "planning-item-unknown", "item", "NONE"),
    ({"forecast": wanted("0.5")}, "planning-number-too-precise", "item", "A"),
    ({"items": of(consume_back=-1)}, "planning-number-negative", "item", "A"),
    ({"items": of(demand_fence=-1)}, "planning-number-negative", "item", "A"),
    ({"buckets": 2000, "items": [{"id": "A"}, {"id": "B"}, {"id": "C", "shelf_life": 3}],
      "bom": [line("A", "B", substitutes=[{"component": "C"}])]},
     "simulation-too-large", "substitute_steps", 4_000_000),
    ({"buckets": 5000, "items": [{"id": f"I{n}"} for n in range(21)], "bom": [], "demand": []},
     "simulation-too-large", "item_buckets", 105000),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "member", "value"), REFUSED)
async def test_refusals_name_the_culprit(
    planner: httpx.AsyncClient, changes: dict[str, Any], kind: str, member: str, value: Any
) -> None:
    refused = await planner.post(PATH, json=request(**changes))
    assert refused.status_code == 422, refused.text
    problem = refused.json()
    assert problem["type"] == f"/problems/{kind}", problem
    if value is not None:
        assert problem[member] == value
    else:  # a cycle may be told from any of its items
        path = problem["path"]
        assert path[0] == path[-1]
        assert set(path) == {"A", "B", "C"}
        assert "".join(path) in "ABCABCA"


async def test_the_same_question_has_the_same_answer(planner: httpx.AsyncClient) -> None:
    one, two = [(await planner.post(PATH, json=request())).json() for _ in range(2)]
    assert one == two
    turned = request(items=request()["items"][::-1])
    other = (await planner.post(PATH, json=turned)).json()
    assert (other["input_hash"], other["plan_hash"]) == (one["input_hash"], one["plan_hash"])


async def test_pegs_say_who_gets_what(planner: httpx.AsyncClient) -> None:
    answer = (await planner.post(PATH, json=request())).json()
    pegs = {
        (item["id"], peg["supply"]["kind"], peg["use"]["kind"], peg["use"]["item"]): Decimal(
            peg["quantity"]
        )
        for item in answer["items"]
        for peg in item["pegs"]
    }
    assert pegs == {
        ("A", "stock", "demand", "A"): 1,
        ("A", "order", "demand", "A"): 4,
        ("B", "order", "order", "A"): 8,
    }


async def test_a_lot_that_has_expired_serves_nobody(planner: httpx.AsyncClient) -> None:
    lot = {"quantity": 9, "last_usable_bucket": -1}
    wish = request(
        items=[{"id": "A", "on_hand": 9, "lots": [lot]}],
        bom=[],
        demand=[{"item": "A", "bucket": 0, "quantity": 5}],
        receipts=[],
    )
    [item] = (await planner.post(PATH, json=wish)).json()["items"]
    pegs = {(one["supply"]["kind"], one["use"]["kind"]): one["quantity"] for one in item["pegs"]}
    assert pegs == {("lot", "expired"): "9", ("order", "demand"): "5"}


async def test_messages_are_said_in_both_languages(planner: httpx.AsyncClient) -> None:
    answer = (await planner.post(PATH, json=request(items=of(lead_time=3)))).json()
    message = answer["items"][0]["messages"][0]
    assert message["reason"] == "Start 5 today: it should have started 2 days ago"
    assert message["reason_zh"] == "请今天下达 5：应在 2 天前下达"


async def test_only_who_may_simulates(production: ServiceUnderTest) -> None:
    other = production.as_user("production.order.read")
    assert (await other.post(PATH, json=request())).status_code == 403
