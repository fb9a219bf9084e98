"""Imports every table of sales, so that migrations see them all."""

from services.sales.copies import tables as copies
from services.sales.deliveries import tables as deliveries
from services.sales.orders import tables as orders

TABLES = (copies, deliveries, orders)
