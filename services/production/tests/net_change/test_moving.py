"""A plan that stands is moved by chance, on structures with substitutes: as if planned anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from services.production.mrp.engine import compiled
from services.production.mrp.engine.columnar import laid
from services.production.mrp.engine.given import Dated, Given, Item, Lot
from services.production.mrp.engine.packing import Stored, packed, unpacked
from services.production.mrp.engine.timeline import item_plan
from services.production.mrp.rules import Desk
from services.production.net_change.rules import LARGE, Kept, misfit, with_components
from services.production.plan_desk.rules import differing
from services.production.plan_process import rules
from services.production.plan_process.rules import Outcome, Queued, input_of, moved, regenerated
from services.production.tests.mrp import inputs
from services.production.tests.mrp.tables import of_items, rows_from
from shared.ids import new_id

ASKED = Queued("regular", UUID(int=1), date(2026, 3, 2), inputs.BUCKETS, "", {}, "net_change")


def whole(item: Item) -> Item:
    """As the tables tell it, in units without decimals."""
    steps = item.safety_stock
    safety = steps if isinstance(steps, Decimal) else max(steps)
    lots = [Lot(Decimal(int(lot.quantity)), lot.last_usable_bucket) for lot in item.lots]
    return replace(
        item, decimals=0, on_hand=Decimal(int(item.on_hand)), lots=lots, phantom=False,
        safety_stock=Decimal(int(safety)), lead_time_per_unit=Decimal(0),
    )  # fmt: skip


def whole_rows(rows: Sequence[Dated]) -> list[Dated]:
    return [replace(one, quantity=Decimal(int(one.quantity))) for one in rows]


def tell(stage: str, progress: int) -> None:
    """Nobody listens."""


def planned(now: Given) -> tuple[UUID, Outcome, Kept]:
    """A regular run of it all."""
    run_id = new_id()
    outcome, kept = regenerated(tell, run_id, ASKED, input_of(rows_from(now), ASKED))
    assert kept is not None, "what was planned by the compiled engine is kept"
    kept.run_id = run_id
    return run_id, outcome, kept


def carried(stored: Stored) -> Stored:
    """To the database and back."""
    return unpacked(bytes(packed(stored)))


def desk(runs: dict[UUID, Stored], stored: Stored, base: UUID | None) -> Desk:
    assert stored.said is not None
    if base is None:
        return Desk(stored.named, stored.plan, stored.said)
    return differing(desk(runs, runs[base], None), base, stored)


def changed(data: st.DataObject, now: Given, name: str) -> Given:
    """One item otherwise: its stock and terms, its demands, or its firm receipts."""
    place = next(n for n, one in enumerate(now.items) if one.id == name)
    aspect = data.draw(st.sampled_from(["item", "demands", "receipts"]))
    if aspect == "item":
        fresh = [*now.items]
        fresh[place] = whole(data.draw(inputs.items(place)))
        return replace(now, items=fresh)
    dated = data.draw(inputs.dated([now.items[place]], 3))
    rows: Sequence[Dated] = getattr(now, aspect)
    others = [one for one in rows if one.item != name]
    fresh_rows = others + whole_rows(dated)
    if aspect == "demands":
        return replace(now, demands=fresh_rows)
    return replace(now, receipts=fresh_rows)


@pytest.mark.req("C2")
@settings(max_examples=100, deadline=None)
@given(
    st.one_of(inputs.swaps(), inputs.swaps(), inputs.inputs()),
    st.sampled_from([0, compiled.ORDERS_PER_ITEM]),
    st.sampled_from([0, LARGE]),
    st.data(),
)
def test_a_plan_with_substitutes_moves_as_if_planned_anew(
    asked: Given, room: int, large: int, data: st.DataObject
) -> None:
    assume(any(line.substitutes for line in asked.lines))
    items = [whole(one) for one in asked.items]
    now = replace(asked, items=items, demands=whole_rows(asked.demands), working=(),
                  receipts=whole_rows(asked.receipts))  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "ORDERS_PER_ITEM", room)  # 0: it is full again and again
        patch.setattr(rules, "LARGE", large)  # 0: stored by difference, however much moved
        run_id, first, kept = planned(now)
        runs = {run_id: carried(first.keep)}
        names = st.sampled_from([one.id for one in items])
        for _ in range(4):
            touched = data.draw(st.lists(names, min_size=1, max_size=3, unique=True))
            for name in touched:
                now = changed(data, now, name)
            kept = check_moved(runs, now, kept, touched)


def check_moved(runs: dict[UUID, Stored], now: Given, kept: Kept, touched: Sequence[str]) -> Kept:
    ids = [UUID(bytes=name.encode().rjust(16, b"\0")) for name in touched]
    among = [id.bytes.lstrip(b"\0").decode() for id in with_components(kept, ids)]
    read = of_items(rows_from(now), among)
    fresh = laid(read, inputs.BUCKETS)
    assert not misfit(kept, fresh, len(among))
    run_id = new_id()
    outcome, kept = moved(tell, run_id, kept, (read, fresh))
    kept.run_id = run_id
    _, again, _ = planned(now)
    for told in ("input", "plan", "counts"):
        assert outcome.log[told] == again.log[told], told
    stored = carried(outcome.keep)
    if outcome.base_id is None:
        runs[run_id] = stored
    one, other = desk(runs, stored, outcome.base_id), desk(runs, carried(again.keep), None)
    assert one.snapshot.digest() == other.snapshot.digest() == again.log["input"]
    assert one.plan.digest() == other.plan.digest() == again.log["plan"]
    assert one.told.tolist() == other.told.tolist()
    for item in range(len(one.snapshot.ids)):
        assert item_plan(one.snapshot, one.plan, item) == item_plan(one.snapshot, other.plan, item)
        assert one.plan.takes_of(item) == other.plan.takes_of(item)
    event(f"stands in: {any(one.plan.taken.count)}; whole: {outcome.base_id is None}")
    return kept
