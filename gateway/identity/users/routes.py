"""People over HTTP: one's own account, and the administrator's work."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from gateway.identity.roles.rules import ROLES, permissions_of
from gateway.identity.users import commands
from gateway.identity.users.queries import USERS
from gateway.identity.users.rules import (
    DutiesConflict,
    OwnAccount,
    PasswordWeak,
    RoleUnknown,
    UsernameTaken,
    UserUnknown,
    WrongCredentials,
)
from gateway.identity.users.tables import User
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.contracts.gateway.identity import (
    AddUser,
    ChangePassword,
    ChangeUser,
    Me,
    ResetPassword,
    SetRoles,
    UserShown,
)
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/api/identity", tags=["identity"], route_class=TransactionRoute)
READS, WRITES = needs("gateway.user.read"), needs("gateway.user.write")
OWN = needs("gateway.self.read")


class RoleShown(Contract):
    role: str
    permissions: tuple[str, ...]


@router.get("/me", dependencies=[OWN])
async def show_me(session: Session, actor: CurrentActor) -> Me:
    """The signed-in person, and everything they may do."""
    user = await session.get_one(User, UUID(actor.subject.removeprefix("user:")))
    return Me.model_validate(
        {**user.model_dump(), "permissions": sorted(permissions_of(frozenset(user.roles)))}
    )


@router.post(
    "/password",
    dependencies=[needs("gateway.self.write")],
    responses=problems(WrongCredentials, PasswordWeak),
)
async def change_my_password(
    request: Request, wish: ChangePassword, session: Session, actor: CurrentActor
) -> UserShown:
    """Change one's own password; every other session of the person ends."""
    user = await commands.change_password(session, wish, actor, request.app.state.passwords)
    return shown(request, user)


@router.get("/roles", dependencies=[OWN])
async def list_roles() -> list[RoleShown]:
    """The roles with their permissions."""
    return [
        RoleShown(role=role, permissions=tuple(sorted(permissions_of(frozenset({role})))))
        for role in ROLES
    ]


@router.get("/users", dependencies=[READS])
async def list_users(
    query: Annotated[ListQuery, USERS.parameters()], session: Session, actor: CurrentActor
) -> Page[UserShown]:
    """Everybody who has or had an account here."""
    rows, total, counts = await USERS.fetch(session, query, actor)
    return paged(query, [UserShown.model_validate(row) for row in rows], total, counts)


@router.post(
    "/users",
    status_code=201,
    dependencies=[WRITES],
    responses=problems(UsernameTaken, RoleUnknown, DutiesConflict, PasswordWeak),
)
async def add_user(
    request: Request, wish: AddUser, session: Session, actor: CurrentActor
) -> UserShown:
    """A personal account with a first password, to be changed at the first sign-in."""
    user = await commands.add_user(session, wish, actor.company_id, request.app.state.passwords)
    return shown(request, user)


@router.post(
    "/users/{id}/actions/disable",
    dependencies=[WRITES],
    responses=problems(UserUnknown, OwnAccount),
)
async def disable_user(
    request: Request, id: UUID, wish: ChangeUser, session: Session, actor: CurrentActor
) -> UserShown:
    """Close the account and end its sessions at once; what the person did stays theirs."""
    user = await commands.set_active(session, id, wish.version, actor, active=False)
    return shown(request, user)


@router.post(
    "/users/{id}/actions/enable",
    dependencies=[WRITES],
    responses=problems(UserUnknown, OwnAccount),
)
async def enable_user(
    request: Request, id: UUID, wish: ChangeUser, session: Session, actor: CurrentActor
) -> UserShown:
    """Open a disabled account again."""
    user = await commands.set_active(session, id, wish.version, actor, active=True)
    return shown(request, user)


@router.post("/users/{id}/actions/unlock", dependencies=[WRITES], responses=problems(UserUnknown))
async def unlock_user(
    request: Request, id: UUID, session: Session, actor: CurrentActor
) -> UserShown:
    """Lift the lock of wrong passwords before its time."""
    return shown(request, await commands.unlock(session, id, actor))


@router.post(
    "/users/{id}/actions/set_roles",
    dependencies=[WRITES],
    responses=problems(UserUnknown, OwnAccount, RoleUnknown, DutiesConflict),
)
async def set_user_roles(
    request: Request, id: UUID, wish: SetRoles, session: Session, actor: CurrentActor
) -> UserShown:
    """Replace the person's roles."""
    user = await commands.set_roles(session, id, wish.version, wish.roles, actor)
    return shown(request, user)


@router.post(
    "/users/{id}/actions/reset_password",
    dependencies=[WRITES],
    responses=problems(UserUnknown, PasswordWeak),
)
async def reset_user_password(
    request: Request, id: UUID, wish: ResetPassword, session: Session, actor: CurrentActor
) -> UserShown:
    """A new first password; the person's sessions end."""
    passwords = request.app.state.passwords
    user = await commands.reset_password(session, id, wish.version, wish.password, actor, passwords)
    return shown(request, user)


def shown(request: Request, user: User) -> UserShown:
    """The answer; what the door remembers of sessions is forgotten, so rights change at once."""
    request.app.state.entrance.forget()
    return UserShown.model_validate(user)
