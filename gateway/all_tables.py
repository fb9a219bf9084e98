"""Every table of the gateway, for migrations and audit."""

from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.oidc.tables import ProviderSignIn
from gateway.identity.sessions.tables import LoginSession
from gateway.identity.users.tables import User
from gateway.views.threads.tables import SearchEntry, ThreadEvent, ThreadLink

__all__ = [
    "ApprovalDelegation",
    "LoginSession",
    "ProviderSignIn",
    "SearchEntry",
    "ThreadEvent",
    "ThreadLink",
    "User",
]
