"""Imports every table of production, so that migrations see them all."""

from services.production.copies import tables as copies
from services.production.demands import tables as demands
from services.production.orders import tables as orders
from services.production.planned_orders import tables as planned_orders

TABLES = (copies, demands, orders, planned_orders)
