"""Receipts as lists."""

from services.inventory.places.queries import PLACES
from services.inventory.receipts.tables import ReceiptLine
from shared.listing import Listing

LISTING = Listing(
    ReceiptLine,
    {
        "state": "in",
        "arrival_id": "ref",
        "order_id": "ref",
        "supplier_id": "ref",
        "item_id": "ref",
        "lot_number": "eq",
        "arrived_on": "range",
    },
    sort=("arrived_on", "arrival_number", "lot_number"),
    search=("arrival_number", "order_number", "lot_number"),
)

# Arrived lines that the CTE `waiting` (a decision each, by line_id) is about: where the goods
# stand, and the bins that may take the shares. Rows as text: exact decimals.
ARRIVED = f"""found AS (
  SELECT d AS decision, l AS line, p AS part, p.lot_id, c.storage_class
  FROM waiting d
  JOIN receipt_line l ON l.id = d.line_id
  JOIN lot_part p ON p.id = l.part_id
  JOIN item_copy c ON c.id = l.item_id
  WHERE l.state = 'arrived'
)
SELECT CAST(to_jsonb(decision) AS text) AS decision, CAST(to_jsonb(line) AS text) AS line,
       CAST(to_jsonb(part) AS text) AS part, storage_class,
       ARRAY(SELECT bin_id FROM balance
             WHERE part_id = (part).id AND on_hand > 0 ORDER BY bin_id) AS bins,
       ARRAY(SELECT on_hand FROM balance
             WHERE part_id = (part).id AND on_hand > 0 ORDER BY bin_id) AS quantities,
       {
    PLACES.format(
        lots="ARRAY(SELECT lot_id FROM found)",
        classes="ARRAY(SELECT storage_class FROM found)",
    )
} AS places
FROM found
ORDER BY (line).id"""  # noqa: S608 - put together of constants
