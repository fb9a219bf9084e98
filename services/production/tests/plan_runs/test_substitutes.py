"""A plan run over a company's own structures with substitutes."""

from typing import Any

import httpx
import pytest

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import MASTERS, SCREW, TUBE, VENT, stock
from services.production.tests.plan_runs.test_runs import Run, ask, run
from shared.contracts.masterdata.events import BomPublished, BomSubstitute

__all__ = ["run"]  # the fixture


@pytest.mark.req("C2")
async def test_a_substitute_serves_and_so_much_less_is_ordered(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    [plain] = [one for one in MASTERS if isinstance(one, BomPublished) and one.item_id == VENT]
    lines = [
        one.model_copy(update={"substitutes": (BomSubstitute(component_id=TUBE),)})
        if one.component_id == SCREW else one
        for one in plain.lines
    ]  # fmt: skip
    newer = plain.model_copy(update={"version": plain.version + 1, "lines": tuple(lines)})
    await hear(newer, stock(TUBE, "400"))
    await make_demand(plan=False, quantity=5)
    done = await run()
    assert done["state"] == "done", done
    screw = await ask(planner, done, f"items/{SCREW}")
    assert sum(float(one) for one in screw["substituted"]) == 15  # 3 for each ventilator
    assert sum(float(one) for one in screw["gross"]) == 15 + 40  # 4 for each of 10 assemblies
    assert sum(float(order["quantity"]) for order in screw["orders"]) == 40
    pegs: list[dict[str, Any]] = (await ask(planner, done, f"pegging/{TUBE}"))["pegs"]
    stands_in = [one["use"] for one in pegs if one["use"]["instead_of_item_id"]]
    assert [(use["item_id"], use["instead_of_item_id"]) for use in stands_in] == [
        (str(VENT), str(SCREW))
    ]
    said = await ask(planner, done, "messages", kind="substitute")
    assert [(one["item_id"], one["quantity"]) for one in said["items"]] == [(str(SCREW), "15")]
    down = (await ask(planner, done, f"pegging/{VENT}", direction="down"))["pegs"]
    assert str(SCREW) in {one["use"]["instead_of_item_id"] for one in down}
