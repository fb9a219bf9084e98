"""What people ask of identity."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.base import Body, Contract, Name

Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Username = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,39}$")]


class SignIn(Body):
    """Body of `POST /api/identity/tokens` and `/sessions`."""

    username: Annotated[str, StringConstraints(max_length=100)]
    password: Password


class Tokens(Contract):
    """An access token for the gateway, and the refresh token for the next one, used once."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int  # seconds
    refresh_token: str
    must_change_password: bool


class Refresh(Body):
    refresh_token: Annotated[str, StringConstraints(max_length=200)]


class ConsoleSession(Contract):
    """A cookie session; send `csrf_token` as X-CSRF-Token with everything that changes."""

    csrf_token: str
    expires_at: datetime
    must_change_password: bool


class ChangePassword(Body):
    old_password: Password
    new_password: Password


class AddUser(Body):
    username: Username
    name: Name
    password: Password
    roles: Annotated[tuple[str, ...], Field(max_length=20)]


class SetRoles(Body):
    version: int
    roles: Annotated[tuple[str, ...], Field(max_length=20)]


class ResetPassword(Body):
    """A new first password, to be changed at the next sign-in."""

    version: int
    password: Password


class ChangeUser(Body):
    version: int


class LinkAccount(Body):
    """The identity provider's name for the person; null unlinks the account."""

    version: int
    external_name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None


class UserShown(Contract):
    id: UUID
    username: str
    name: str
    roles: tuple[str, ...]
    active: bool
    must_change: bool
    locked_until: datetime | None
    external_name: str | None
    version: int
    created_at: datetime


class Me(UserShown):
    """The signed-in person, with everything they may do."""

    company_id: UUID
    permissions: tuple[str, ...]


class SignedItem(Body):
    """One document at the version and content hash that the person saw."""

    id: UUID
    version: int
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SignatureWish(Body):
    """What is signed, and with which meaning."""

    context: Annotated[str, StringConstraints(pattern=r"^[a-z]{3,20}$")]
    meaning: Name
    items: Annotated[tuple[SignedItem, ...], Field(min_length=1, max_length=1000)]


class AskSignature(SignatureWish):
    """Body of `POST /api/identity/signatures`: the password again, and what is signed."""

    password: Password


class AskProviderSignature(SignatureWish):
    """Body of `POST /api/identity/oidc/signatures`: the identity provider authenticates anew."""

    return_to: Annotated[str, StringConstraints(max_length=2000)] = "/"


class ProviderSignature(Contract):
    """Where the browser goes to authenticate, and for how long it may."""

    location: str
    expires_in: int  # seconds


class SignatureToken(Contract):
    signature: str
    expires_in: int  # seconds
