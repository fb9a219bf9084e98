"""The caller and what they may do: plain values, so that rules can decide about people."""

from dataclasses import dataclass, field
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
class Actor:
    """The caller: a person, or a service on behalf of one."""

    subject: str  # user:<id> or service:<context>
    name: str
    company_id: UUID
    permissions: frozenset[str]
    acting: str = ""  # the service that calls for the person
    initiated_by: str = ""  # the person behind a saga's call
    claims: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)

    @property
    def human(self) -> bool:
        return self.subject.startswith("user:")

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        if not self.may(permission):
            raise PermissionMissing(permission=permission)
