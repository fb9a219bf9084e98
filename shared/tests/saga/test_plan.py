"""Sagas without a database: whatever order signals come in, the end is right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.saga import (
    Call,
    Phase,
    Plan,
    Position,
    Step,
    begin,
    on_accepted,
    on_cancelled,
    on_event,
    on_refused,
    on_skipped,
)


def call(name: str) -> Call:
    return Call("inventory", "PUT", f"/{name}/{{id}}")


PLAN = Plan(
    name="order to ship",
    steps=(
        Step("reserve", ask=call("reservations"), until="reserved", undo=call("release")),
        Step("demand", ask=call("demands"), undo=call("drop"), when=lambda data: data["short"]),
        Step("wait for stock", until="held", unless="lost"),
        Step("ship", ask=call("shipments"), until="shipped", undo=call("recall"), final=True),
        Step("invoice", ask=call("invoices"), until="invoiced"),
    ),
)
RESERVE, DEMAND, WAIT, SHIP, INVOICE = range(5)
SIGNALS = ("reserved", "held", "shipped", "invoiced")


def drive(signals: list[str], short: bool) -> Position:
    """Feed the signals in the given order; every due call is accepted at once."""
    data = {"short": short}
    at = accept_all(begin(PLAN, data), data)
    for signal in signals:
        at = accept_all(on_event(PLAN, at, signal, data), data)
    return at


def accept_all(at: Position, data: Mapping[str, Any]) -> Position:
    while at.phase == Phase.ASKING:
        at = on_accepted(PLAN, at, data)
    return at


@given(st.permutations(SIGNALS), st.lists(st.sampled_from([*SIGNALS, "unknown"])), st.booleans())
def test_any_order_and_any_repetition_ends_done(
    order: list[str], repeats: list[str], short: bool
) -> None:
    assert drive([*order, *repeats, *order], short).phase == Phase.DONE


@given(st.permutations(SIGNALS), st.sampled_from(SIGNALS), st.booleans())
def test_a_lost_signal_leaves_the_saga_waiting_at_its_step(
    order: list[str], lost: str, short: bool
) -> None:
    at = drive([signal for signal in order if signal != lost], short)
    assert at.phase == Phase.WAITING
    assert PLAN.steps[at.step].until == lost


def test_a_condition_that_fails_skips_the_step_and_its_undo() -> None:
    at = on_event(PLAN, Position(Phase.WAITING, RESERVE), "reserved", {"short": False})
    assert at == Position(Phase.WAITING, WAIT)
    assert on_cancelled(PLAN, at, {"short": False}) == Position(Phase.UNDOING, RESERVE)


def undone(at: Position, data: Mapping[str, Any]) -> list[int]:
    seen: list[int] = []
    while at.phase == Phase.UNDOING:
        seen.append(at.step)
        at = on_accepted(PLAN, at, data)
    assert at.phase == Phase.REJECTED
    return seen


@pytest.mark.parametrize(
    ("at", "steps"),
    [(RESERVE, [RESERVE]), (DEMAND, [DEMAND, RESERVE]), (WAIT, [DEMAND, RESERVE])],
)
def test_cancelling_undoes_the_step_in_flight_and_those_before_it(
    at: int, steps: list[int]
) -> None:
    data = {"short": True}
    assert undone(on_cancelled(PLAN, Position(Phase.WAITING, at), data), data) == steps


def test_a_refused_call_undoes_what_was_before_it() -> None:
    data = {"short": True}
    assert undone(on_refused(PLAN, Position(Phase.ASKING, DEMAND), data), data) == [RESERVE]


def test_an_unless_event_turns_back() -> None:
    data = {"short": True}
    at = on_event(PLAN, Position(Phase.WAITING, WAIT), "lost", data)
    assert undone(at, data) == [DEMAND, RESERVE]


@pytest.mark.parametrize("phase", [Phase.ASKING, Phase.WAITING])
def test_past_a_final_step_there_is_no_way_back(phase: Phase) -> None:
    for step in (SHIP, INVOICE):
        at = Position(phase, step)
        assert on_cancelled(PLAN, at, {"short": True}) == at
    at = Position(Phase.ASKING, INVOICE)
    assert on_refused(PLAN, at, {"short": True}) == at


@given(
    st.sampled_from(list(Phase)),
    st.integers(0, 4),
    st.sampled_from([*SIGNALS, "lost", "unknown"]),
    st.booleans(),
)
def test_every_position_answers_every_signal(
    phase: Phase, step: int, signal: str, short: bool
) -> None:
    at, data = Position(phase, step), {"short": short}
    answers = [
        on_event(PLAN, at, signal, data),
        on_accepted(PLAN, at, data),
        on_refused(PLAN, at, data),
        on_cancelled(PLAN, at, data),
        on_skipped(PLAN, at, data),
    ]
    assert all(0 <= answer.step < len(PLAN.steps) for answer in answers)
    if at.over:
        assert answers[0] == answers[3] == at


def test_what_comes_early_counts_when_its_step_is_reached() -> None:
    at = on_event(PLAN, Position(Phase.WAITING, RESERVE), "held", {"short": False})
    assert at == replace(Position(Phase.WAITING, RESERVE), heard=frozenset({"held"}))
    assert on_event(PLAN, at, "reserved", {"short": False}).step == SHIP
