"""The plans, walked without a database: whatever comes, twice, early or never."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sales.delivery_to_invoice.plan import LATE_INVOICE, shipment
from services.sales.delivery_to_invoice.plan import PLAN as DELIVERY
from services.sales.give_back.plan import PLAN as GIVE_BACK
from services.sales.order_to_ship.plan import PLAN as ORDER
from services.sales.order_to_ship.plan import demand, ended, reservation
from shared.contracts.inventory.reservations import RequestShipment, ReserveStock
from shared.contracts.production.demands import RaiseDemand
from shared.contracts.sales.events import OrderAllocated, OrderTurnedBack
from shared.saga import (
    Data,
    Phase,
    Plan,
    Position,
    begin,
    due_call,
    on_accepted,
    on_cancelled,
    on_event,
    on_refused,
)

LINE = {
    "line_id": str(UUID(int=1)), "item_id": str(UUID(int=2)),
    "quantity": "5", "needed_on": "2026-03-01", "minimum_life_days": 180,
}  # fmt: skip
SHORTAGE = {
    "line_id": str(UUID(int=1)), "item_id": str(UUID(int=2)),
    "missing": "2", "needed_on": "2026-03-01",
}  # fmt: skip
SHORT: dict[str, Any] = {"number": "SO-1", "lines": [LINE], "shortages": [SHORTAGE]}
WHOLE: dict[str, Any] = SHORT | {"shortages": []}
RESERVE, RAISE, WAIT = range(3)


def subjects(plan: Plan) -> list[str]:
    return [step.until for step in plan.steps if step.until]


def accept(plan: Plan, at: Position, data: Data) -> Position:
    """Answer every due call with yes, until an event is waited for."""
    while due_call(plan, at) is not None:
        at = on_accepted(plan, at, data)
    return at


def walk(plan: Plan, signals: list[str], data: Data) -> Position:
    at = accept(plan, begin(plan, data), data)
    for subject in signals:
        at = accept(plan, on_event(plan, at, subject, data), data)
    return at


@pytest.mark.parametrize("plan", [ORDER, DELIVERY], ids=lambda plan: plan.name)
@pytest.mark.parametrize("data", [SHORT, WHOLE], ids=["short", "whole"])
@given(order=st.data())
def test_order_and_repetition_do_not_matter(plan: Plan, data: Data, order: st.DataObject) -> None:
    signals = order.draw(st.permutations(subjects(plan)))
    noise = order.draw(st.lists(st.sampled_from(subjects(plan))))
    assert walk(plan, [*noise, *signals, *noise], data).phase == Phase.DONE


@given(st.data())
def test_a_lost_signal_is_waited_for(drawn: st.DataObject) -> None:
    lost = drawn.draw(st.sampled_from(subjects(ORDER)))
    come = drawn.draw(st.lists(st.sampled_from(subjects(ORDER))))
    at = walk(ORDER, [subject for subject in come if subject != lost], SHORT)
    assert at.phase == Phase.WAITING


def test_enough_stock_raises_no_demand() -> None:
    at = walk(ORDER, subjects(ORDER)[:1], WHOLE)
    assert at == Position(Phase.WAITING, WAIT)


@pytest.mark.parametrize(
    ("refused", "undone"), [(RESERVE, []), (RAISE, [RESERVE])], ids=["reserve", "raise"]
)
def test_a_refusal_undoes_what_was_done_last_first(refused: int, undone: list[int]) -> None:
    at = on_refused(ORDER, Position(Phase.ASKING, refused), SHORT)
    assert undos(ORDER, at, SHORT) == undone


@pytest.mark.parametrize(
    ("step", "data", "undone"),
    [(RESERVE, WHOLE, [0]), (RAISE, SHORT, [1, 0]), (WAIT, SHORT, [1, 0]), (WAIT, WHOLE, [0])],
)
def test_cancelling_undoes_the_step_in_flight_too(step: int, data: Data, undone: list[int]) -> None:
    at = on_cancelled(ORDER, Position(Phase.WAITING, step), data)
    assert undos(ORDER, at, data) == undone


def undos(plan: Plan, at: Position, data: Data) -> list[int]:
    seen: list[int] = []
    while at.phase == Phase.UNDOING:
        seen.append(at.step)
        at = on_accepted(plan, at, data)
    assert at.phase == Phase.REJECTED
    return seen


def test_a_delivery_turns_back_before_dispatch_only() -> None:
    waiting = Position(Phase.WAITING, 0)
    assert on_cancelled(DELIVERY, waiting, {}).phase == Phase.UNDOING
    invoicing = Position(Phase.ASKING, 1)
    assert on_cancelled(DELIVERY, invoicing, {}) == invoicing
    assert not any(step.refusals for step in DELIVERY.steps)


@pytest.mark.parametrize(("data", "first"), [(SHORT, 0), (WHOLE, 1)])
def test_giving_back_asks_only_for_what_was_done(data: Data, first: int) -> None:
    at = begin(GIVE_BACK, data)
    assert at == Position(Phase.ASKING, first)
    assert accept(GIVE_BACK, at, data).phase == Phase.DONE


def test_a_late_invoice_is_one_call() -> None:
    assert accept(LATE_INVOICE, begin(LATE_INVOICE, {}), {}).phase == Phase.DONE


def test_the_bodies_are_what_the_others_take() -> None:
    assert ReserveStock.model_validate(reservation(SHORT)).lines[0].minimum_life_days == 180
    assert RaiseDemand.model_validate(demand(SHORT)).lines[0].quantity == 2
    data = {
        "number": "DN-1", "order_id": str(UUID(int=3)), "order_number": "SO-1",
        "customer_id": str(UUID(int=4)), "customer_name": "H", "address": "Road 1",
        "lines": [{**LINE, "price": "1", "tax_rate": "0.13"}],
    }  # fmt: skip
    assert RequestShipment.model_validate(shipment(data)).lines[0].quantity == 5


def test_the_end_says_which() -> None:
    assert isinstance(ended(UUID(int=1), True, SHORT), OrderAllocated)
    assert isinstance(ended(UUID(int=1), False, SHORT), OrderTurnedBack)
