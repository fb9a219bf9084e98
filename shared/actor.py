"""The caller and what they may do: plain values, so that rules can decide about people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Forbidden


class PermissionMissing(Forbidden):
    title = Bilingual("Your roles do not include this permission", "您的角色没有此项权限")
    lifted_by = Bilingual(
        "The administrator can grant a role that holds the permission named",
        "系统管理员可授予含有该权限的角色",
    )


class SameHands(Forbidden):
    title = Bilingual(
        "Two different people must do these two steps", "这两个步骤必须由不同的人办理（职责分离）"
    )
    lifted_by = Bilingual(
        "Another person with the permission can do this step", "由另一位拥有该权限的人员办理"
    )


@dataclass(frozen=True, slots=True)
class Delegation:
    """The right to approve that another person lent to the caller, as the token carries it."""

    id: UUID
    delegator: str  # user:<id>
    delegator_name: str
    permissions: frozenset[str]
    kinds: frozenset[str]  # types of document; empty: every type
    ceiling: Decimal | None  # gross in the company's currency; None: no ceiling
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def read(cls, claim: Mapping[str, Any]) -> "Delegation":
        ceiling = claim.get("ceiling")
        return cls(
            id=UUID(claim["id"]),
            delegator=str(claim["delegator"]),
            delegator_name=str(claim["delegator_name"]),
            permissions=frozenset(claim["permissions"]),
            kinds=frozenset(claim["kinds"]),
            ceiling=None if ceiling is None else Decimal(ceiling),
            starts_at=datetime.fromisoformat(claim["starts_at"]),
            ends_at=datetime.fromisoformat(claim["ends_at"]),
        )

    def claim(self, context: str = "") -> dict[str, Any]:
        """What a token says of it; with a context, only that context's permissions."""
        prefix = f"{context}." if context else ""
        permissions = (one for one in self.permissions if one.startswith(prefix))
        return {
            "id": str(self.id),
            "delegator": self.delegator,
            "delegator_name": self.delegator_name,
            "permissions": sorted(permissions),
            "kinds": sorted(self.kinds),
            "ceiling": None if self.ceiling is None else str(self.ceiling),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }

    def covers(self, kind: str, amount: Decimal | None) -> bool:
        """A ceiling covers no document whose amount is not known."""
        if self.kinds and kind not in self.kinds:
            return False
        return self.ceiling is None or (amount is not None and amount <= self.ceiling)


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: a person, or a service on behalf of one."""

    subject: str  # user:<id> or service:<context>
    name: str
    company_id: UUID
    permissions: frozenset[str]
    acting: str = ""  # the service that calls for the person
    initiated_by: str = ""  # the person behind a saga's call
    delegations: tuple[Delegation, ...] = ()  # in force now; only the approvals ask for them
    claims: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)

    @property
    def human(self) -> bool:
        return self.subject.startswith("user:")

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def stands_in(self, permission: str) -> bool:
        """Somebody lent the caller this right; whether for this document is the approval's rule."""
        return any(permission in one.permissions for one in self.delegations)

    def require(self, permission: str) -> None:
        if not self.may(permission):
            raise PermissionMissing(permission=permission)
