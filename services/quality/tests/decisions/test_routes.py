import asyncio
from typing import Any

import pytest

from services.quality.decisions.commands import decide
from services.quality.tests.conftest import DECIDER, INSPECTOR
from shared.contracts.quality.inspections import DecideItem
from shared.ids import new_id


def decision(lot: Any, **changes: Any) -> Any:
    return {"version": lot["version"], "accepted": lot["quantity"]} | changes


async def ready(laboratory: Any, quantity: str = "10") -> Any:
    """A lot before its decider."""
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, quantity))
    [lot] = await laboratory.lots(event.arrival_id)
    return await laboratory.look(lot)


@pytest.mark.req("REQ-59", "REQ-60", "D2")
async def test_a_signed_decision_splits_the_quantity(laboratory: Any) -> None:
    judged, exempt = (
        await laboratory.make_item(),
        await laboratory.make_item(inspect_incoming=False),
    )
    event = await laboratory.arrive((judged, "10"), (exempt, "3"))
    [lot] = await laboratory.lots(event.arrival_id)
    lot = await laboratory.look(lot, defects="2", note="两件划伤")
    assert lot["state"] == "pending_decision"
    body = decision(lot, accepted="7", conceded="1", rejected="2", reason="划伤")
    body |= {"signature": laboratory.sign(lot)}
    answer = await laboratory.decider.post(f"/inspections/{lot['id']}/actions/decide", json=body)
    assert answer.status_code == 200, answer.text
    shown = (await laboratory.decider.get(f"/inspections/{lot['id']}")).json()
    assert shown["state"] == "partially_accepted"
    assert [s["valid"] for s in shown["signatures"]] == [True]
    [told] = await laboratory.told("inspection_decided")
    assert (told["accepted"], told["conceded"], told["rejected"]) == ("7", "1", "2")
    assert told["signature_id"] == shown["signatures"][0]["id"]
    [source] = await laboratory.told("source_inspected")
    assert (source["accepted"], source["conceded"], source["rejected"]) == ("10", "1", "2")
    again = await laboratory.decider.post(
        f"/inspections/{lot['id']}/actions/decide", json=body | {"version": shown["version"]}
    )
    assert again.json()["type"] == "/problems/action-not-allowed"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"accepted": "9"}, "decision-incomplete"),
        ({"accepted": "9", "conceded": "1"}, "reason-missing"),
        ({"version": 1}, "version-stale"),
        ({"signature": None}, "signature-missing"),
    ],
)
async def test_a_decision_is_refused(laboratory: Any, changes: Any, kind: Any) -> None:
    lot = await ready(laboratory)
    body = decision(lot, signature=laboratory.sign(lot)) | changes
    answer = await laboratory.decider.post(f"/inspections/{lot['id']}/actions/decide", json=body)
    assert answer.json()["type"] == f"/problems/{kind}", answer.text
    assert await laboratory.told("inspection_decided") == []


async def test_a_signature_for_other_content_person_or_meaning_is_refused(laboratory: Any) -> None:
    lot = await ready(laboratory)
    place = f"/inspections/{lot['id']}/actions/decide"
    for token in (
        laboratory.sign(lot, user=INSPECTOR),
        laboratory.sign(lot, meaning="release"),
        laboratory.sign(lot | {"id": str(new_id())}),
    ):
        answer = await laboratory.decider.post(place, json=decision(lot, signature=token))
        assert answer.json()["type"] == "/problems/signature-invalid", answer.text
    stale = laboratory.sign(lot | {"content_hash": "0" * 64})
    answer = await laboratory.decider.post(place, json=decision(lot, signature=stale))
    assert answer.json()["type"] == "/problems/content-changed"


@pytest.mark.req("REQ-59")
async def test_who_inspected_or_made_it_does_not_decide(laboratory: Any) -> None:
    lot = await ready(laboratory)
    answer = await laboratory.inspector.post(
        f"/inspections/{lot['id']}/actions/decide",
        json=decision(lot, signature=laboratory.sign(lot, user=INSPECTOR)),
    )
    assert answer.json()["type"] == "/problems/same-hands"
    item = await laboratory.make_item(kind="finished")
    event = await laboratory.complete(item, "5", f"user:{DECIDER}")
    [made] = await laboratory.lots(event.order_id)
    assert made["stage"] == "final"
    made = await laboratory.look(made)
    shown = (await laboratory.decider.get(f"/inspections/{made['id']}")).json()
    assert "decide" not in shown["allowed_actions"]
    answer = await laboratory.decider.post(
        f"/inspections/{made['id']}/actions/decide",
        json=decision(made, signature=laboratory.sign(made)),
    )
    assert (answer.status_code, answer.json()["also_did"]) == (403, "maker")


async def test_many_are_accepted_over_one_signature_even_at_once(laboratory: Any) -> None:
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "1"), (item, "2"), (item, "3"))
    rows = [
        {"id": lot["id"], "version": lot["version"], "inspected": lot["quantity"]}
        for lot in await laboratory.lots(event.arrival_id)
    ]
    answer = await laboratory.inspector.post("/inspections/actions/record", json={"items": rows})
    assert {row["state"] for row in answer.json()["items"]} == {"pending_decision"}
    lots = await laboratory.lots(event.arrival_id)

    async def accept(some: Any) -> Any:
        items = [decision(lot, id=lot["id"]) for lot in some]
        body = {"items": items, "signature": laboratory.sign(*some)}
        return await laboratory.decider.post("/inspections/actions/decide", json=body)

    answers = await asyncio.gather(accept(lots[:2]), accept(lots[2:]))
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    [source] = await laboratory.told("source_inspected")
    assert source["accepted"] == "6"


async def test_two_deciders_of_one_source_never_both_believe_the_other_is_late(
    laboratory: Any,
) -> None:
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "1"), (item, "2"))
    first, second = [await laboratory.look(lot) for lot in await laboratory.lots(event.arrival_id)]
    body = decision(second, signature=laboratory.sign(second))
    place = f"/inspections/{second['id']}/actions/decide"
    wish = DecideItem(id=first["id"], version=first["version"], accepted=first["quantity"])
    async with laboratory.service.session(f"user:{DECIDER}") as session:
        await decide(session, [wish], laboratory.sign(first), laboratory.actor())
        later = asyncio.create_task(laboratory.decider.post(place, json=body))
        await asyncio.sleep(0.3)  # the other runs until it waits for this transaction
    assert (await later).status_code == 200
    assert len(await laboratory.told("source_inspected")) == 1
