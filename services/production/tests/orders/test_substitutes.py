"""What a structure allows instead: asked for with the order, and built in as it was issued."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.orders.rules import components_for
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import (
    ASSY,
    BEGIN,
    MASTERS,
    SCREW,
    VENT,
    act_on,
    bom,
    issue,
    item,
)
from services.production.tests.orders.test_routes import release, told
from shared.contracts.inventory.events import IssueReturned, Pick
from shared.contracts.inventory.reservations import ReserveLine
from shared.contracts.masterdata.events import BomLine, BomSubstitute
from shared.contracts.production.events import OrderReleased
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

BOLT, GLUE = UUID(int=0x21), UUID(int=0x22)


@pytest.fixture
async def swaps(hear: Hear) -> None:
    """Three screws, or six bolts, or at last 0.25 of glue, in each VENT."""
    await hear(item(BOLT, "BOLT", "purchased"), item(GLUE, "GLUE", "purchased", decimals=3))
    lines = (
        BomLine(line=10, component_id=ASSY, quantity=Decimal(2)),
        BomLine(
            line=20, component_id=SCREW, quantity=Decimal(3),
            substitutes=(
                BomSubstitute(component_id=GLUE, quantity=Decimal("0.25"), priority=2),
                BomSubstitute(component_id=BOLT, quantity=Decimal(6), priority=1),
            ),
        ),
    )  # fmt: skip
    old = MASTERS[4].model_copy(update={"version": 2, "valid_to": BEGIN})
    await hear(old, bom(VENT, valid_from=BEGIN, lines=lines))


async def released(order: dict[str, Any], planner: httpx.AsyncClient) -> dict[str, Any]:
    answer = await release(planner, order)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.req("C2")
async def test_the_order_asks_for_its_components_or_what_its_structure_allows(
    swaps: None, production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient
) -> None:
    shown = await released(await make_order("firmed"), planner)
    screw = shown["components"][1]
    assert [(x["item_code"], x["quantity"], x["instead_of"]) for x in screw["substitutes"]] == [
        ("BOLT", "6", "3"),
        ("GLUE", "0.25", "3"),
    ]
    [event] = await told(production, OrderReleased.subject)
    asked = [
        ReserveLine.model_validate({**line, "needed_on": "2026-03-01"})
        for line in event["components"]
    ]
    assert [(one.item_id, one.decimals) for one in asked[1].substitutes] == [(BOLT, 0), (GLUE, 3)]
    assert asked[0].substitutes == ()


@pytest.mark.req("C2", "REQ-44")
async def test_what_was_issued_instead_counts_and_is_shown_as_built(
    swaps: None, make_order: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    shown = await released(await make_order("firmed"), planner)
    assy, screw = shown["components"]
    whole = issue(shown)
    mixed = Pick(
        line_id=UUID(screw["id"]), item_id=BOLT, part_id=new_id(), lot_id=new_id(),
        lot_number="B-1", quantity=Decimal(10), serves=Decimal(5),
    )  # fmt: skip
    part = whole.picks[1].model_copy(update={"quantity": Decimal(10)})
    event = whole.model_copy(update={"picks": (whole.picks[0], part, mixed)})
    await hear(event, event)
    order = (await planner.get(f"/orders/{shown['id']}")).json()
    assert [one["issued"] for one in order["components"]] == [assy["quantity"], "15"]
    assert order["material"] == "issued"
    [lot] = [one for one in order["lots"] if one["lot_number"] == "B-1"]
    assert (lot["item_code"], lot["quantity"], lot["serves"]) == ("BOLT", "10", "5")
    assert (lot["line"], lot["instead_of_item_code"]) == (20, "SCREW")
    assert [one["instead_of_item_code"] for one in order["lots"]].count(None) == 2
    await act_on(planner, shown["id"], "cancel", note="no longer wanted")
    back = IssueReturned(
        return_id=new_id(), number="RT-1", order_id=UUID(shown["id"]),
        order_number=shown["number"], returned_on=date(2026, 3, 2),
        picks=(mixed.model_copy(update={"quantity": Decimal(4), "serves": Decimal(2)}),),
    )  # fmt: skip
    await hear(back, back)
    order = (await planner.get(f"/orders/{shown['id']}")).json()
    assert order["components"][1]["issued"] == "13"


def test_a_substitute_without_a_quantity_stands_in_one_for_one() -> None:
    """And scrap that is planned is lost of either alike."""
    line = {
        "line": 10, "component_id": str(SCREW), "quantity": "1.5", "scrap": "0.1",
        "substitutes": [{"component_id": str(BOLT), "quantity": None, "priority": 1}],
    }  # fmt: skip
    [need] = components_for(Decimal(6), [line], {SCREW: 0, BOLT: 2})
    assert need.quantity == 10
    assert need.substitutes == [
        {
            "item_id": str(BOLT), "quantity": "1.5", "decimals": 2,
            "instead_of": "1.5", "instead_of_decimals": 0,
        }
    ]  # fmt: skip
