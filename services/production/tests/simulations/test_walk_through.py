"""The walk-through in the documentation says what the endpoint answers."""

import json
import re
from pathlib import Path

from services.production.simulations.rules import simulated
from shared.contracts.production.simulations import SimulatePlan


def test_the_walk_through_is_true() -> None:
    page = Path("docs/planning.md").read_text("utf-8")
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found
    answer = simulated(SimulatePlan.model_validate(json.loads(found[1])))
    items = {item.id: item for item in answer.items}
    starts = {id: [(o.release_bucket, o.start_quantity) for o in items[id].orders] for id in "VBTG"}
    assert starts == {
        "V": [(2, "3"), (4, "8")],
        "B": [(1, "3"), (3, "17")],
        "T": [],
        "G": [(1, "85")],
    }
    assert items["G"].expired == ("0", "0", "0", "45", "0", "0")
    assert [one.kind for one in items["T"].messages] == ["decrease"]
