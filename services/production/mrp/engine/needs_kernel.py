"""What an item needs and what comes to it, by bucket. Imported only where numba is to be had.

Where a loop begins at a place that is not a constant, numba asks at every index whether it counts
from the end: a loop over a slice begins at 0.
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.machine import compiled, inlined

STRIDE = 16  # orders passed over at a time


@inlined
def add_needs(c, arena, item, gross, until, low):
    """What the item's own demands, its parents' orders and its mains take, by bucket.

    Of its mains, those it stands in for, only what is planned before a place `until`. Before the
    bucket `low` some may be missing.
    """
    gross[:] = 0
    for place in range(c.demand_at[item], c.demand_at[item + 1]):
        gross[c.demand_bucket[place]] += c.demand_quantity[place]
    for place in range(0, len(c.extra), 3):
        if c.extra[place] == item:
            gross[c.extra[place + 1]] += c.extra[place + 2]
    for edge in range(c.used_at[item], c.used_at[item + 1]):
        parent = c.parent[edge]
        begin = arena.at[parent]
        end = begin + arena.counts[parent]
        begin = latest(arena.release, begin, end, low if c.unit_time[parent] == 0 else 0)
        per, days = (c.numerator[edge], c.denominator[edge]), (c.first[edge], c.last[edge])
        add_taken_by(arena.release, arena.start, begin, end, per, days, gross)
    if c.main_at[item] < c.main_at[item + 1]:
        substitutes.add_taken(c, arena, item, gross, until)


@compiled
def latest(releases, begin, end, low):
    """Where the orders begin that are released from `low` on, or somewhat before that.

    Their releases ascend: all take equally long.
    """
    if low <= 0:
        return begin
    while end > begin and releases[end - 1] >= low:
        end = max(end - STRIDE, begin)
    return end


@compiled
def add_taken_by(releases, starts, begin, end, per, days, gross):
    """What a parent's orders take of a line, by bucket. Most lines are of whole units, always."""
    (top, below), (first, last) = per, days
    releases, starts = releases[begin:end], starts[begin:end]
    if below == 1 and first <= 0 and last >= len(gross) - 1:
        for place in range(len(releases)):
            gross[max(releases[place], 0)] += starts[place] * top
        return
    for place in range(len(releases)):
        bucket = max(releases[place], 0)
        if first <= bucket <= last:
            gross[bucket] += (starts[place] * top + below - 1) // below


@inlined
def add_firm(c, item, arriving, safety):
    """The item's firm receipts and safety stock, by bucket."""
    arriving[:] = 0
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        arriving[c.receipt_bucket[place]] += c.receipt_quantity[place]
    safety[:] = 0
    for place in range(c.safety_at[item], c.safety_at[item + 1]):
        safety[c.safety_bucket[place] :] = c.safety_quantity[place]


@inlined
def less_firm(c, item, gross):
    """Make of the gross need what stock must cover: firm receipts come, the safety stock stays.

    What the safety stock rises by is needed, what it falls by comes.
    """
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        gross[c.receipt_bucket[place]] -= c.receipt_quantity[place]
    level = 0
    for place in range(c.safety_at[item], c.safety_at[item + 1]):
        gross[c.safety_bucket[place]] += c.safety_quantity[place] - level
        level = c.safety_quantity[place]
