"""Staged approval as rules and events speak of it. Pure: rules may name their stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from shared.contracts.base import Contract, Event


@dataclass(frozen=True, slots=True)
class Stage:
    """One agreement that is needed: a code (also its label) and the permission to give it.

    `quorum` people must say yes, each counted once. `due_hours` are working hours (`due_days`:
    working days) from its turn on; once they and `grace_hours` are over, holders of `escalates_to`
    may decide as well. Time alone never approves.
    """

    name: str
    permission: str
    quorum: int = 1
    due_hours: int = 0  # 0 and no due_days: without a deadline
    due_days: int = 0
    escalates_to: str = ""
    grace_hours: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice of stages looks at."""

    amount: Decimal  # gross, company currency
    categories: frozenset[str] = frozenset()
    department: str = ""


@dataclass(frozen=True, slots=True)
class StageRule:
    """When a stage is asked for. Empty conditions hold for every document."""

    stage: Stage
    above: Decimal | None = None  # amounts greater than this
    up_to: Decimal | None = None  # amounts not greater than this
    categories: frozenset[str] = frozenset()  # at least one of them
    departments: frozenset[str] = frozenset()

    def holds(self, facts: Facts) -> bool:
        return (
            (self.above is None or facts.amount > self.above)
            and (self.up_to is None or facts.amount <= self.up_to)
            and (not self.categories or bool(self.categories & facts.categories))
            and (not self.departments or facts.department in self.departments)
        )


def stages_by(rules: Sequence[StageRule], facts: Facts) -> tuple[Stage, ...]:
    """The stages whose rules hold, in the rules' order."""
    return tuple(rule.stage for rule in rules if rule.holds(facts))


class Vote(Contract):
    """One person's yes or no; `on_behalf_of` names who lent the right."""

    by: str
    name: str
    decision: str  # approved, rejected
    at: datetime
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""
    delegation_id: UUID | None = None
    note: str = ""


class ApprovalChanged(Event):
    """A stage was opened, voted on, decided, or is overdue; each context has its own subject."""

    aggregate: ClassVar[str] = "document_id"

    approval_id: UUID
    document_type: str
    document_id: UUID
    document_number: str
    stage: int
    name: str
    permission: str
    state: str
    requested_by: str
    decided_by: str | None = None
    note: str = ""
    summary: dict[str, Any]
    quorum: int = 1
    votes: tuple[Vote, ...] = ()
    due_at: datetime | None = None
    overdue: bool = False  # a reminder: the stage still waits
    escalated_to: str = ""  # whose holders may decide now as well
