"""Questions about exchange rates."""

from services.masterdata.rates.tables import ExchangeRate
from shared.listing import Listing

LISTING = Listing(
    ExchangeRate,
    {"currency": "eq", "day": "range"},
    sort=("day", "currency"),
    search=("currency",),
    counts_by="currency",
)
