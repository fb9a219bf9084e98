"""A document's life as data: what may be done to it, from where, by whom (decision 13). Pure.

The same `Action` feeds the command's check, the route's permission, `allowed_actions`, the labels
and the exhaustive state × action tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.actor import Actor, PermissionMissing, SameHands
from shared.i18n import Bilingual
from shared.problems import Conflict, Refused, Stale

Requirement = Literal["note", "signature", "quantity"]


class ActionNotAllowed(Conflict):
    title = Bilingual("The document's state does not allow this action", "单据当前状态不允许此操作")
    lifted_by = Bilingual(
        "Bring the document into one of the states named, or act on another one",
        "先将单据办理到所列状态之一，或改办其他单据",
    )


class VersionStale(Stale):
    title = Bilingual("The document has changed since you looked at it", "单据在您查看之后已被修改")
    lifted_by = Bilingual("Look at the current version and decide again", "请查看最新版本后再操作")


class NoteMissing(Refused):
    title = Bilingual("This action needs a reason in words", "此操作必须填写原因")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done to a document.

    `target` None: the command decides the next state. `not_by` names the people (columns such as
    `created_by`) whose hands this step must not share. `delegable`: the right may be lent, and the
    approval decides how far it reaches.
    """

    verb: str
    sources: frozenset[str]
    target: str | None
    permission: str
    not_by: tuple[str, ...] = ()
    requires: frozenset[Requirement] = frozenset()
    delegable: bool = False

    def open_to(self, actor: Actor) -> bool:
        return actor.may(self.permission) or (self.delegable and actor.stands_in(self.permission))


class Lifecycle:
    """All actions of a document, by verb."""

    def __init__(self, states: tuple[str, ...], *actions: Action) -> None:
        self.states = states
        self.actions = {action.verb: action for action in actions}
        known = set(states)
        for action in actions:
            assert action.sources <= known, f"{action.verb} starts from an unknown state"
            assert action.target is None or action.target in known, f"{action.verb} ends nowhere"

    def __getitem__(self, verb: str) -> Action:
        return self.actions[verb]

    def check(
        self,
        verb: str,
        state: str,
        actor: Actor,
        people: Mapping[str, str] | None = None,
        note: str | None = None,
    ) -> Action:
        """The action, when it may be done now by this actor; raises the refusal otherwise."""
        action = self.actions[verb]
        if not action.open_to(actor):
            raise PermissionMissing(permission=action.permission)
        if state not in action.sources:
            raise ActionNotAllowed(action=verb, state=state, allowed_from=sorted(action.sources))
        for role in action.not_by:
            if actor.human and (people or {}).get(role) == actor.subject:
                raise SameHands(action=verb, also_did=role)
        if "note" in action.requires and not (note or "").strip():
            raise NoteMissing(action=verb)
        return action

    def allowed(
        self, state: str, actor: Actor, people: Mapping[str, str] | None = None
    ) -> list[str]:
        """The verbs that this actor may use now, in declared order."""
        return [
            verb
            for verb, action in self.actions.items()
            if state in action.sources
            and action.open_to(actor)
            and not any((people or {}).get(role) == actor.subject for role in action.not_by)
        ]


def expect_version(seen: int | None, stands: int) -> None:
    """Refuse a change that was decided on an older version. None: the caller is a service."""
    if seen is not None and seen != stands:
        raise VersionStale(seen=seen, current=stands)
