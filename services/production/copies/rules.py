"""What holds on a day, and what is refused while a copy is missing. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from shared.i18n import Bilingual
from shared.problems import Conflict


class ItemNotKnown(Conflict):
    title = Bilingual("Production does not know this item yet", "生产尚未收到该物料的主数据")
    lifted_by = Bilingual(
        "Create the item in masterdata, or wait until its event has arrived",
        "在主数据中建立该物料，或稍候其消息到达",
    )


class Term(Protocol):
    """Something that holds from a day on, to a day or until further notice."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def active(self) -> bool: ...


T = TypeVar("T", bound=Term)


def holds_on(term: Term, day: date) -> bool:
    """Both ends inclusive."""
    return (
        term.active and term.valid_from <= day and (term.valid_to is None or day <= term.valid_to)
    )


def effective(revisions: Iterable[T], day: date) -> T | None:
    """The revision that holds on the day; of several, the one that began last."""
    holding = [revision for revision in revisions if holds_on(revision, day)]
    return max(holding, key=lambda revision: revision.valid_from, default=None)
