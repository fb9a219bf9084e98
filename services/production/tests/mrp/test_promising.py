"""Capable to promise: both engines answer alike, and without the compiled one it says so."""

import sys
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.production.mrp.engine import engines
from services.production.mrp.engine.building import build
from services.production.mrp.engine.columnar import Named
from services.production.mrp.engine.given import Given, Item, Line, Substitute
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.promising import earliest
from services.production.mrp.engine.promising_loop import earliest_by_loop
from services.production.mrp.rules import Desk
from services.production.plan_desk import queries
from services.production.tests.mrp.inputs import inputs, swaps
from shared.ids import new_id

COMPILED = "services.production.mrp.engine.compiled"


@pytest.mark.req("E5")
@settings(max_examples=60, deadline=None)
@given(st.one_of(inputs(), swaps()), st.data())
def test_both_engines_promise_the_same_day(asked: Given, data: st.DataObject) -> None:
    snapshot = build(asked)
    item = data.draw(st.integers(0, len(snapshot.ids) - 1))
    quantity = data.draw(st.integers(1, 60))
    plan, before = plan_by_loop(snapshot), snapshot.digest()
    assert earliest_by_loop(snapshot, plan, item, quantity) == earliest(snapshot, item, quantity)
    assert snapshot.digest() == before


@pytest.mark.req("E5")
def test_without_the_compiled_engine_the_day_is_the_same_and_the_notice_is_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P takes 3 days and 2 M of 5 days; 4 M are there, and 2 S that may stand in for one each."""
    asked = Given(
        buckets=30,
        items=[
            Item("P", lead_time=3),
            Item("M", lead_time=5, on_hand=Decimal(4)),
            Item("S", on_hand=Decimal(2)),
        ],
        lines=[Line("P", "M", Decimal(2), substitutes=[Substitute("S")])],
    )
    snapshot = build(asked)
    none, keys = np.zeros(0, np.int64), np.zeros(0, "S16")
    said = np.zeros((0, 5), np.int64)
    desk = Desk(Named(snapshot, none, keys, none, keys), plan_by_loop(snapshot), said)
    run_id = new_id()
    queries.keep(run_id, desk)
    compiled = [queries.promised("", run_id, "P", Decimal(n)) for n in (1, 3, 4)]
    assert [(one.atp, one.ctp, one.notice) for one in compiled] == [
        (None, 3, None), (None, 3, None), (None, 8, None),
    ]  # fmt: skip
    monkeypatch.setitem(sys.modules, COMPILED, None)
    by_loop = [queries.promised("", run_id, "P", Decimal(n)) for n in (1, 3, 4)]
    assert [one.ctp for one in by_loop] == [3, 3, 8]
    assert {one.notice for one in by_loop} == {engines.SLOW}
