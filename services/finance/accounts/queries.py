"""Questions about the chart."""

from services.finance.accounts.tables import Account
from shared.listing import Listing

LISTING = Listing(
    Account,
    {"type": "in", "leaf": "flag", "active": "flag", "control": "eq"},
    sort=("code",),
    search=("code", "name_zh", "name_en"),
    counts_by="type",
)
