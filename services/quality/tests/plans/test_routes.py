from typing import Any

import pytest

from shared.ids import new_id


@pytest.mark.req("D1")
async def test_a_lot_keeps_the_plan_it_opened_with(laboratory: Any) -> None:
    item = await laboratory.make_item()
    place = f"/plans/{item.id}/incoming"
    assert (await laboratory.decider.get(place)).json()["type"] == "/problems/plan-unknown"
    length = {"code": "LEN", "name": "length", "unit": "mm", "lower": "9.5", "upper": "10.5"}
    answer = await laboratory.decider.put(place, json={"characteristics": [length]})
    assert (answer.status_code, answer.json()["version"]) == (200, 1), answer.text
    event = await laboratory.arrive((item, "5"))
    other = {"characteristics": [length | {"upper": "10.6"}], "version": 1}
    assert (await laboratory.decider.put(place, json=other)).json()["version"] == 2
    stale = await laboratory.decider.put(place, json={"characteristics": [length], "version": 1})
    assert stale.json()["type"] == "/problems/version-stale"
    [lot] = await laboratory.lots(event.arrival_id)
    shown = await laboratory.look(lot, measurements=[{"code": "LEN", "value": "10.6"}])
    assert shown["breaches"] == ["LEN"]
    assert shown["measurements"][0]["value"] == "10.6"


async def test_wrong_plans_and_measurements_are_refused(laboratory: Any) -> None:
    one = {"code": "A", "name": "a"}
    answer = await laboratory.decider.put(
        f"/plans/{new_id()}/final", json={"characteristics": [one, one]}
    )
    assert answer.json()["type"] == "/problems/characteristic-twice"
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "5"))
    [lot] = await laboratory.lots(event.arrival_id)
    body = {"version": 1, "inspected": "5", "measurements": [{"code": "X", "value": "1"}]}
    place = f"/inspections/{lot['id']}/actions/record"
    answer = await laboratory.inspector.post(place, json=body)
    assert answer.json()["type"] == "/problems/characteristic-unknown"


@pytest.mark.req("REQ-59", "D3")
async def test_a_missed_registered_requirement_is_never_conceded(laboratory: Any) -> None:
    item = await laboratory.make_item()
    length = {"code": "LEN", "name": "length", "upper": "10", "registered": True}
    await laboratory.decider.put(f"/plans/{item.id}/incoming", json={"characteristics": [length]})
    event = await laboratory.arrive((item, "5"))
    [lot] = await laboratory.lots(event.arrival_id)
    lot = await laboratory.look(lot, measurements=[{"code": "LEN", "value": "11"}])
    body = {"version": lot["version"], "conceded": "5", "reason": "would fit"}
    answer = await laboratory.decider.post(
        f"/inspections/{lot['id']}/actions/decide",
        json=body | {"signature": laboratory.sign(lot)},
    )
    assert answer.json()["type"] == "/problems/concession-impossible"
