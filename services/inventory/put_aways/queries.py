"""Put-aways as lists."""

from services.inventory.put_aways.tables import PutAway
from shared.listing import Listing

LISTING = Listing(
    PutAway,
    {"state": "in", "item_id": "ref", "lot_number": "eq", "document_id": "ref"},
    sort=("opened_at", "lot_number"),
    search=("lot_number", "document_number"),
)
