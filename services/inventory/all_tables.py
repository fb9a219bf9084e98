"""Imports every table of inventory, so that migrations see them all."""

from services.inventory.completions import tables as completions
from services.inventory.copies import tables as copies
from services.inventory.decisions import tables as decisions
from services.inventory.holdings import tables as holdings
from services.inventory.issue_returns import tables as issue_returns
from services.inventory.issues import tables as issues
from services.inventory.lots import tables as lots
from services.inventory.moves import tables as moves
from services.inventory.places import tables as places
from services.inventory.put_aways import tables as put_aways
from services.inventory.receipts import tables as receipts
from services.inventory.shipments import tables as shipments
from services.inventory.supplier_returns import tables as supplier_returns

TABLES = (
    completions,
    copies,
    decisions,
    holdings,
    issue_returns,
    issues,
    lots,
    moves,
    places,
    put_aways,
    receipts,
    shipments,
    supplier_returns,
)
