"""Questions about people."""

from gateway.identity.users.tables import User
from shared.listing import Listing

USERS = Listing(
    User, filters={"active": "flag"}, sort=("username", "created_at"), search=("username", "name"),
    counts_by=None,
)  # fmt: skip
