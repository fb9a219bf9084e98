"""What of a sales order is asked for, and what the view says when nobody answers."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from fastapi import Request

from gateway.tests.conftest import Doors
from gateway.views.asking import ask_part
from gateway.views.promises.rules import answered, complete, open_lines, question
from shared.actor import Actor
from tests.support.services import COMPANY

pytestmark = pytest.mark.req("E5")


def order(state: str = "approved", **first: str) -> dict[str, Any]:
    usual = {
        "id": "A", "line": 1, "item_id": "I", "item_code": "VENT", "due_on": "2027-01-01",
        "quantity": "10", "delivering": "0", "shipped": "0",
    }  # fmt: skip
    second = {"id": "B", "line": 2, "quantity": "2.50"}
    return {"id": "O", "state": state, "lines": [usual | first, usual | second]}


def held(**lines: str) -> dict[str, Any]:
    return {"lines": [{"line_id": id, "held": quantity} for id, quantity in lines.items()]}


@pytest.mark.parametrize(
    ("asked", "reservation", "expected"),
    [
        (order("draft"), None, [("0", "10"), ("0", "2.5")]),
        (order(), held(A="4", B="2.5"), [("4", "6"), ("2.5", "0")]),
        (order(shipped="3", delivering="4"), held(A="10"), [("10", "0"), ("0", "2.5")]),
        (order(shipped="3", delivering="4"), held(A="0"), [("7", "3"), ("0", "2.5")]),
        (order("cancelled"), held(A="0", B="0"), [("0", "0"), ("0", "0")]),
    ],
)
def test_what_is_neither_held_nor_delivered_is_open(
    asked: dict[str, Any], reservation: dict[str, Any] | None, expected: list[tuple[str, str]]
) -> None:
    lines = open_lines(asked, reservation)
    assert [(line["held"], line["open"]) for line in lines] == expected


def test_only_open_lines_are_asked_and_each_gets_its_own_answer() -> None:
    lines = open_lines(order(), held(A="10", B="0.5"))
    asked = question(order(), lines, 180)
    assert asked["document_id"] == "O"
    assert [(wish["quantity"], wish["minimum_life_days"]) for wish in asked["lines"]] == [
        ("2", 180)
    ]
    told = answered(lines, {"lines": [{"complete": False, "available": Decimal(1)}]})
    assert [line["promise"] is None for line in told] == [True, False]
    assert not complete(told)
    assert complete(answered(open_lines(order(), held(A="10", B="2.5")), {"lines": []}))


async def test_a_part_that_cannot_be_had_is_named_with_its_own_problem(doors: Doors) -> None:
    app = doors.stack["gateway"].app
    request = cast(Request, SimpleNamespace(app=app, headers={}))
    actor = Actor(f"user:{uuid4()}", "x", COMPANY, frozenset())
    nobody, missing = await ask_part(request, actor, "production", "/planning/promises", {})
    assert (nobody, [one.problem for one in missing]) == (None, ["/problems/no-such-context"])
    refused, missing = await ask_part(request, actor, "masterdata", "/customers", {"x": 1})
    assert refused is None
    assert [(one.service, one.problem) for one in missing] == [
        ("masterdata", "/problems/permission-missing")
    ]
