"""Who may decide a stage, for whom, and when it is decided. Pure.

A person counts once in a document: by their own hand or through another's, in whatever stage.
"""

from collections.abc import Iterable, Sequence

from shared.actor import Actor, Delegation, PermissionMissing, SameHands
from shared.i18n import Bilingual
from shared.platform_tables import Approval
from shared.problems import Forbidden


class BeyondDelegation(Forbidden):
    title = Bilingual(
        "The delegation does not reach as far as this document", "委托授权范围不包括此单据"
    )
    lifted_by = Bilingual(
        "The delegator can decide, or delegate this kind of document and amount",
        "由委托人本人审批，或扩大委托的单据类型与金额",
    )


def rights_of(row: Approval) -> frozenset[str]:
    """The permissions that open this stage now; an overdue one may have been escalated."""
    escalated = {row.escalates_to} if row.escalated_at and row.escalates_to else set[str]()
    return frozenset({row.permission} | escalated)


def standing(
    row: Approval, stages: Sequence[Approval], actor: Actor, authors: Iterable[str]
) -> Delegation | None:
    """None when the actor decides by their own right, else the delegation they decide by.

    Raises PermissionMissing, BeyondDelegation, and SameHands for whoever asked, wrote the document
    or has had their vote in it.
    """
    taken = hands(stages) | {row.requested_by, *authors}
    if any(actor.may(right) for right in rights_of(row)):
        check_free(actor.subject, row, taken)
        return None
    lent = [one for one in actor.delegations if rights_of(row) & one.permissions]
    if not lent:
        raise PermissionMissing(permission=row.permission)
    reaching = [one for one in lent if one.covers(row.document_type, row.amount)]
    if not reaching:
        raise BeyondDelegation(
            kind=row.document_type,
            amount=row.amount,
            kinds=sorted(set[str]().union(*(one.kinds for one in lent))),
            ceilings=[one.ceiling for one in lent],
        )
    check_free(actor.subject, row, taken)
    free = [one for one in reaching if one.delegator not in taken]
    if not free:
        check_free(reaching[0].delegator, row, taken)
    return free[0]


def check_free(person: str, row: Approval, taken: Iterable[str]) -> None:
    if person == row.requested_by:
        raise SameHands(action="approve", also_did="submit", person=person)
    if person in taken:
        raise SameHands(action="approve", also_did="approve", person=person)


def hands(stages: Iterable[Approval]) -> set[str]:
    """Everybody who has voted in these stages, and everybody for whom somebody has."""
    votes = [vote for row in stages for vote in row.votes]
    people = {str(vote["by"]) for vote in votes} | {
        str(vote["on_behalf_of"]) for vote in votes if vote["on_behalf_of"]
    }
    # Rows decided before votes were kept name only who decided.
    return people | {row.decided_by for row in stages if row.decided_by and row.state == "approved"}


def agreed(row: Approval) -> bool:
    """The quorum is reached."""
    return [vote["decision"] for vote in row.votes].count("approved") >= row.quorum
