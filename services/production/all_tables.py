"""Imports every table of production, so that migrations see them all."""

from services.production.copies import tables as copies
from services.production.demands import tables as demands
from services.production.forecasts import tables as forecasts
from services.production.lot_stock import tables as lot_stock
from services.production.net_change import tables as net_change
from services.production.orders import tables as orders
from services.production.plan_policies import tables as plan_policies
from services.production.plan_runs import tables as plan_runs
from services.production.planned_orders import tables as planned_orders
from services.production.schedules import tables as schedules

TABLES = (
    *(copies, demands, forecasts, lot_stock, net_change, orders, plan_policies, plan_runs),
    planned_orders,
    schedules,
)
