"""The plan, walked without a database: whatever comes, twice, early or never."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.production.plan_to_produce.plan import PLAN, closed, receipt, reservation
from shared.contracts.inventory.events import CompletionReceived, StockIssued, StockReserved
from shared.contracts.inventory.reservations import ReceiveCompletion, ReserveStock
from shared.contracts.production.events import LotCompleted, LotReleased
from shared.contracts.quality.events import SourceInspected
from shared.saga import (
    Phase,
    Position,
    begin,
    due_call,
    on_accepted,
    on_cancelled,
    on_event,
)

SUBJECTS = [step.until for step in PLAN.steps if step.until]
KNOWS: dict[str, Any] = {
    "number": "MO-1",
    "item_id": str(UUID(int=1)),
    "quantity": "5",
    "components": [
        {
            "line_id": str(UUID(int=2)), "item_id": str(UUID(int=3)),
            "quantity": "10", "needed_on": "2026-03-01",
        }
    ],
    "lot_number": "L-20260301-0001",
    "serials": [],
    "usable_until": None,
    "released": "4",
    "conceded": "1",
    "scrap": "1",
}  # fmt: skip


def walk(signals: list[str], data: dict[str, Any] | None = None) -> Position:
    """Every due call is accepted at once; the signals come in the given order."""
    known = KNOWS if data is None else data
    at = begin(PLAN, known)
    for subject in signals:
        while at.phase == Phase.ASKING and due_call(PLAN, at) is not None:
            before, at = at, on_accepted(PLAN, at, known)
            if at == before:
                break
        at = on_event(PLAN, at, subject, known)
    while due_call(PLAN, at) is not None:
        at = on_accepted(PLAN, at, known)
    return at


def test_each_event_moves_one_step_and_the_last_one_ends() -> None:
    assert walk(SUBJECTS).phase == Phase.DONE
    assert [
        StockReserved.subject, StockIssued.subject, LotCompleted.subject,
        SourceInspected.subject, LotReleased.subject, CompletionReceived.subject,
    ] == SUBJECTS  # fmt: skip


@given(st.permutations(SUBJECTS), st.lists(st.sampled_from(SUBJECTS)))
def test_order_and_repetition_do_not_matter(order: list[str], more: list[str]) -> None:
    assert walk([*more, *order, *more]).phase == Phase.DONE


@given(st.sampled_from(SUBJECTS), st.lists(st.sampled_from(SUBJECTS)))
def test_a_lost_signal_is_waited_for(lost: str, come: list[str]) -> None:
    at = walk([subject for subject in come if subject != lost])
    assert at.phase == Phase.WAITING
    assert at.step <= SUBJECTS.index(lost)


def test_cancelling_before_issue_gives_the_reservation_back() -> None:
    at = on_cancelled(PLAN, walk([]), KNOWS)
    assert at == Position(Phase.UNDOING, 0)
    assert on_accepted(PLAN, at, KNOWS).phase == Phase.REJECTED


def test_cancelling_after_issue_leaves_the_material_to_its_return() -> None:
    at = walk(SUBJECTS[:2])
    assert on_cancelled(PLAN, at, {**KNOWS, "issued": True}).phase == Phase.REJECTED


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.REJECTED])
def test_cancelling_is_too_late_at_the_end(phase: Phase) -> None:
    at = Position(phase, 5 if phase == Phase.DONE else 0)
    assert on_cancelled(PLAN, at, KNOWS) == at


def test_the_bodies_are_what_inventory_takes() -> None:
    assert ReserveStock.model_validate(reservation(KNOWS)).reserved_for == "production_order"
    assert ReceiveCompletion.model_validate(receipt(KNOWS)).conceded == 1


def test_the_end_tells_what_became_of_the_quantity() -> None:
    told = closed(UUID(int=9), True, KNOWS)
    assert [told.planned, told.good, told.scrap] == [Decimal(5), Decimal(4), Decimal(1)]
    assert closed(UUID(int=9), False, KNOWS).good == 0
