"""Imports every table of procurement, so that migrations see them all."""

from services.procurement.arrivals import tables as arrivals
from services.procurement.copies import tables as copies
from services.procurement.orders import tables as orders
from services.procurement.requisitions import tables as requisitions
from services.procurement.returns import tables as returns

TABLES = (arrivals, copies, orders, requisitions, returns)
