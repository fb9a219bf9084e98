"""`bounds.py` again, compiled: the same upper bounds, for a hundred thousand items."""
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

import numpy as np

from services.production.mrp.engine.machine import counted
from services.production.mrp.engine.snapshot import NEVER


@counted
def supplied(c, item):
    """All that is there or comes for certain; as a substitute the item gives no more."""
    supply = float(c.stock[item])
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        supply += c.receipt_quantity[place]
    for place in range(c.lot_at[item], c.lot_at[item + 1]):
        supply += c.lot_quantity[place]
    return supply


@counted
def bounds(c):
    """Of each item the largest number on the way to its plan, and how many orders it may have."""
    items = len(c.stock)
    starts, orders, worst = np.zeros(items), np.zeros(items), np.zeros(items)
    for item in range(items):
        gross, most = 0.0, 0.0
        for place in range(c.demand_at[item], c.demand_at[item + 1]):
            gross += c.demand_quantity[place]
        for edge in range(c.used_at[item], c.used_at[item + 1]):
            product = starts[c.parent[edge]] * c.numerator[edge]
            most = max(most, product + c.denominator[edge])
            gross += product / c.denominator[edge] + orders[c.parent[edge]]
        for row in range(c.alt_at[item], c.alt_at[item + 1]):
            most = max(most, gross * c.alt_numerator[row] + c.alt_denominator[row])
            most = max(most, supplied(c, c.alt_substitute[row]) * c.alt_denominator[row])
        lot = float(max(c.minimum[item], 1) + c.multiple[item])
        lots = c.buckets if c.shelf_life[item] != NEVER else 1
        safety = 0.0
        for place in range(c.safety_at[item], c.safety_at[item + 1]):
            safety = max(safety, float(c.safety_quantity[place]))
        total = gross + safety * lots + lot * lots
        orders[item] = c.buckets
        if c.maximum[item]:
            orders[item] += total / max(c.maximum[item] / 2, 1.0)
        starts[item] = total * c.started[item] / c.good[item] + orders[item]
        most = max(most, total + 2 * supplied(c, item), total * c.started[item])
        worst[item] = max(most, starts[item] * max(c.unit_time[item], 1))
    return worst, orders
