"""What may be lent to whom. Pure.

Only rights that a person's own roles give can be lent, so what was lent to them goes no further.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from gateway.identity.roles.rules import DELEGABLE, SEGREGATED, grants, permissions_of
from gateway.identity.users.rules import DutiesConflict
from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

PERIOD_MAX = timedelta(days=92)


class NothingToDelegate(Refused):
    title = Bilingual(
        "The person has no approval right of their own to lend", "该人员没有可委托的本人审批权限"
    )
    lifted_by = Bilingual(
        "Only rights from one's own roles can be delegated; a delegated right goes no further",
        "只能委托本人角色具有的审批权限；受托权限不可再委托",
    )


class DelegationPeriodWrong(Refused):
    title = Bilingual(
        "A delegation ends after it begins, in the future, and within 92 days",
        "委托须在开始之后、未来且 92 天以内结束",
    )


class DelegateNotFit(Refused):
    title = Bilingual(
        "The approval right cannot be lent to this person", "审批权限不可委托给该人员"
    )
    lifted_by = Bilingual("Choose another active colleague", "请选择其他在职同事")


class DelegationUnknown(NotFound):
    title = Bilingual("There is no such delegation", "没有该委托")


def lendable(roles: Collection[str]) -> frozenset[str]:
    """The approval rights that these roles give."""
    return frozenset(
        right
        for right in permissions_of(frozenset(roles))
        if any(grants(pattern, right) for pattern in DELEGABLE)
    )


def conflicts(delegate_roles: Collection[str], lent: frozenset[str]) -> list[tuple[str, str]]:
    """The duties that the delegate would unite in one hand."""
    held = permissions_of(frozenset(delegate_roles)) | lent
    return [pair for pair in SEGREGATED if set(pair) <= held and set(pair) & lent]


def check_delegation(
    delegator_roles: Collection[str],
    delegate_roles: Collection[str],
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    if not starts_at < ends_at or ends_at <= now or ends_at - starts_at > PERIOD_MAX:
        raise DelegationPeriodWrong(starts_at=starts_at, ends_at=ends_at, days_max=PERIOD_MAX.days)
    lent = lendable(delegator_roles)
    if not lent:
        raise NothingToDelegate(roles=sorted(delegator_roles))
    if both := conflicts(delegate_roles, lent):
        raise DutiesConflict(duties=[list(pair) for pair in both])
