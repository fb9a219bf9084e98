"""Sagas as plans: a tuple of steps, read top down, undone bottom up. This half is pure.

Transitions are total: every (position, signal) has an answer; what comes twice or late stays, what
comes early is kept in `heard` and counts when its step is reached.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.contracts.base import Event

Data = Mapping[str, Any]  # what the saga knows, JSON


@dataclass(frozen=True, slots=True)
class Call:
    """An idempotent HTTP command. `{id}` in the path becomes the saga's id."""

    service: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is asked, which event ends it or refuses it, and how it is undone.

    `ask` None: the step only waits. `until` None: the accepted call ends it. `final`: once done it
    stays done, and nothing before it is undone any more. `refusals` are the problem types that turn
    the saga back; every other 4xx is retried and shown (decision 25).
    """

    name: str
    ask: Call | None = None
    until: str | None = None
    unless: str | None = None
    undo: Call | None = None
    body: Callable[[Data], dict[str, Any]] | None = None
    when: Callable[[Data], bool] | None = None
    refusals: frozenset[str] = frozenset()
    final: bool = False
    deadline: timedelta = timedelta(days=7)  # an alert, never an automatic cancel


class Phase(StrEnum):
    ASKING = "asking"  # the step's call is due
    WAITING = "waiting"  # the call was accepted, or there is none; the event is to come
    UNDOING = "undoing"  # the step's undo is due
    DONE = "done"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Position:
    phase: Phase
    step: int = 0
    heard: frozenset[str] = frozenset()  # subjects that came before their step

    @property
    def forward(self) -> bool:
        return self.phase in (Phase.ASKING, Phase.WAITING)

    @property
    def over(self) -> bool:
        return self.phase in (Phase.DONE, Phase.REJECTED)


@dataclass(frozen=True)
class Plan:
    """A saga's definition. Change the steps' order or meaning: raise `version` and migrate rows.

    `learns` says, per subject, what of an event's data the saga keeps. `ended` makes the event
    that tells the end: (id, completed?, data).
    """

    name: str
    steps: tuple[Step, ...]
    version: int = 1
    learns: Mapping[str, Callable[[Data], dict[str, Any]]] = field(
        default_factory=dict[str, Callable[[Data], dict[str, Any]]]
    )
    ended: Callable[[UUID, bool, Data], Event] | None = None

    def subjects(self) -> frozenset[str]:
        """Every subject that can move the saga."""
        pairs = ((step.until, step.unless) for step in self.steps)
        return frozenset(subject for pair in pairs for subject in pair if subject)


def begin(plan: Plan, data: Data, heard: frozenset[str] = frozenset()) -> Position:
    """Where a new saga stands; `heard` are signals that came before it began."""
    return enter(plan, 0, heard, data)


def due_call(plan: Plan, at: Position) -> Call | None:
    """The call that is due here, if any."""
    match at.phase:
        case Phase.ASKING:
            return plan.steps[at.step].ask
        case Phase.UNDOING:
            return plan.steps[at.step].undo
        case _:
            return None


def on_event(plan: Plan, at: Position, subject: str, data: Data) -> Position:
    """Move on when the current step ends, back when it is refused; keep what comes early."""
    if not at.forward or subject not in plan.subjects():
        return at
    step = plan.steps[at.step]
    if subject == step.until:
        return enter(plan, at.step + 1, at.heard, data)
    if subject == step.unless:
        return turn_back(plan, at, data, before=at.step)
    later = plan.steps[at.step + 1 :]
    if any(subject in (after.until, after.unless) for after in later):
        return replace(at, heard=at.heard | {subject})
    return at


def on_accepted(plan: Plan, at: Position, data: Data) -> Position:
    """The call due here was answered 2xx."""
    step = plan.steps[at.step]
    match at.phase:
        case Phase.ASKING if step.until is None or step.until in at.heard:
            return enter(plan, at.step + 1, at.heard, data)
        case Phase.ASKING if step.unless in at.heard:
            return turn_back(plan, at, data, before=at.step)
        case Phase.ASKING:
            return replace(at, phase=Phase.WAITING)
        case Phase.UNDOING:
            return undo_from(plan, at.step - 1, at.heard, data)
        case _:
            return at


def on_refused(plan: Plan, at: Position, data: Data) -> Position:
    """The call due here was refused for good. A refused undo stays due: a person must look."""
    return turn_back(plan, at, data, before=at.step) if at.phase == Phase.ASKING else at


def on_cancelled(plan: Plan, at: Position, data: Data) -> Position:
    """The order behind the saga was given up. The step in flight may be half done: undo it too."""
    return turn_back(plan, at, data, before=at.step + 1) if at.forward else at


def on_skipped(plan: Plan, at: Position, data: Data) -> Position:
    """A person declares the current step done (or undone), with a reason."""
    if at.forward:
        return enter(plan, at.step + 1, at.heard, data)
    if at.phase == Phase.UNDOING:
        return undo_from(plan, at.step - 1, at.heard, data)
    return at


def enter(plan: Plan, first: int, heard: frozenset[str], data: Data) -> Position:
    """The position on reaching step `first`: passes what does not apply or was heard already."""
    for index in range(first, len(plan.steps)):
        step = plan.steps[index]
        if step.when is not None and not step.when(data):
            continue
        if step.ask is None and step.until in heard:
            continue
        if step.ask is None and step.unless in heard:
            return undo_from(plan, index - 1, heard, data)
        return Position(Phase.WAITING if step.ask is None else Phase.ASKING, index, heard)
    return Position(Phase.DONE, len(plan.steps) - 1, heard)


def turn_back(plan: Plan, at: Position, data: Data, *, before: int) -> Position:
    """Undo every step before `before`, or stay put when one of them is past undoing."""
    if any(step.final for step in plan.steps[:before]):
        return at
    return undo_from(plan, before - 1, at.heard, data)


def undo_from(plan: Plan, last: int, heard: frozenset[str], data: Data) -> Position:
    """The next step at or below `last` that was taken and can be undone; else rejected."""
    for index in range(last, -1, -1):
        step = plan.steps[index]
        if step.undo is not None and (step.when is None or step.when(data)):
            return Position(Phase.UNDOING, index, heard)
    return Position(Phase.REJECTED, 0, heard)
