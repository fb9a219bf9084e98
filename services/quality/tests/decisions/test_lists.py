"""Lists of inspection lots: as many statements for twenty as for two."""

from typing import Any

import pytest

from services.quality.tests.conftest import Laboratory

Shown = dict[str, Any]


@pytest.mark.req("REQ-59")
async def test_twenty_lots_send_no_more_than_two(laboratory: Laboratory) -> None:
    counts: list[tuple[int, int]] = []
    for size in (2, 20):
        items = [await laboratory.make_item() for _ in range(size)]
        lots: list[Shown] = []
        for item in items:
            event = await laboratory.arrive((item, "10"))
            lots += await laboratory.lots(event.arrival_id)
        found = [
            {"id": lot["id"], "version": lot["version"], "inspected": lot["quantity"]}
            for lot in lots
        ]
        with laboratory.service.counted() as recording:
            answer = await laboratory.inspector.post(
                "/inspections/actions/record", json={"items": found}
            )
        assert answer.status_code == 200, answer.text
        seen: list[Shown] = answer.json()["items"]
        wish = {
            "items": [
                {"id": lot["id"], "version": lot["version"], "accepted": lot["quantity"]}
                for lot in seen
            ],
            "signature": laboratory.sign(*seen),
        }
        with laboratory.service.counted() as deciding:
            answer = await laboratory.decider.post("/inspections/actions/decide", json=wish)
        assert [one["state"] for one in answer.json()["items"]] == ["accepted"] * size
        counts.append((len(recording), len(deciding)))
    assert counts[0] == counts[1], counts
