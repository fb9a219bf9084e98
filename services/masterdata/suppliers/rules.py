"""When a supplier is locked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

REQUIRED_KINDS = frozenset({"business_licence"})  # of every supplier, whatever it sells


@dataclass(frozen=True, slots=True)
class Paper:
    kind: str
    valid_from: date
    valid_to: date | None


def is_locked(papers: Iterable[Paper], today: date) -> bool:
    """True from the day after the last valid day of a required paper that none follows (REQ-08).

    A paper that was never entered does not lock: nothing can be issued without it anyway (REQ-07).
    """
    lapsed: set[str] = set()
    standing: set[str] = set()
    for paper in papers:
        ended = paper.valid_to is not None and paper.valid_to < today
        (lapsed if ended else standing).add(paper.kind)
    return bool((lapsed - standing) & REQUIRED_KINDS)
