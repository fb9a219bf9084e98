"""`messages.py` again, compiled, for items without expiry and without substitutes."""
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine.gross_kernel import find_needs
from services.production.mrp.engine.kernel import before, one_number
from services.production.mrp.engine.machine import compiled
from services.production.mrp.engine.needs_kernel import add_firm

CANCEL, DECREASE, EXPEDITE, INCREASE, POSTPONE, RELEASE = 2, 4, 0, 3, 1, 5  # places in Kind
SHORT_IN_FENCE = 8


@compiled
def messages(c, arena, rows, wanted, shorts, found, items):
    """Write (item, kind, bucket, to, quantity) rows of these items; answers how many."""
    count = 0
    fence = c.fence
    for item in items:
        if not one_number(c, item):
            continue
        begin, end = arena.at[item], arena.at[item] + arena.counts[item]
        for place in range(begin, end):
            if arena.release[place] <= 0:
                write(found, count, item, RELEASE, arena.release[place], 0, arena.start[place])
                count += 1
        if c.receipt_at[item] < c.receipt_at[item + 1]:
            count = about_receipts(c, arena, rows, wanted, shorts, found, item, count)
        if fence[item]:
            count = about_fence(c, arena, rows, found, item, count)
    return count


@compiled
def write(found, count, item, kind, bucket, to, quantity):
    found[count, 0], found[count, 1], found[count, 2] = item, kind, bucket
    found[count, 3], found[count, 4] = to, quantity


@compiled
def about_fence(c, arena, rows, found, item, count):
    """What is short inside the planning fence, where nothing is ordered."""
    find_needs(c, arena, item, rows.gross, 0, known=True)
    add_firm(c, item, rows.arriving, rows.safety)
    left, first, most = c.stock[item], -1, 0
    for bucket in range(min(c.fence[item], c.buckets)):
        left += rows.arriving[bucket] - rows.gross[bucket]
        short = rows.safety[bucket] - left
        if short > 0 and first < 0:
            first = bucket
        most = max(most, short)
    if first < 0:
        return count
    write(found, count, item, SHORT_IN_FENCE, first, c.fence[item], most)
    return count + 1


@compiled
def about_receipts(c, arena, rows, wanted, shorts, found, item, count):
    find_needs(c, arena, item, rows.gross, 0, known=True)
    rows.safety[:] = 0
    for place in range(c.safety_at[item], c.safety_at[item + 1]):
        rows.safety[c.safety_bucket[place] :] = c.safety_quantity[place]
    used, most = 0, 0
    for bucket in range(c.buckets):
        used += rows.gross[bucket]
        most = max(most, used + rows.safety[bucket])
        wanted[bucket] = most
    shorts[:] = 0
    for place in range(arena.at[item], arena.at[item] + arena.counts[item]):
        shorts[arena.need[place]] += arena.quantity[place]
    covered, needed = c.stock[item], 0
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        bucket, quantity = c.receipt_bucket[place], c.receipt_quantity[place]
        while needed < c.buckets and wanted[needed] <= covered:
            needed += 1
        covered += quantity
        if needed == c.buckets:
            write(found, count, item, CANCEL, bucket, bucket, quantity)
            count += 1
            continue
        soft = c.safety_time[item]
        to = max(before(c.working[item], c.day_number, c.day_bucket, needed, soft), 0)
        if to != bucket:
            kind = EXPEDITE if to < bucket else POSTPONE
            write(found, count, item, kind, bucket, to, quantity)
            count += 1
        surplus = covered - wanted[c.buckets - 1]
        if surplus > 0:
            write(found, count, item, DECREASE, bucket, bucket, min(surplus, quantity))
            count += 1
        missing = min(shorts[bucket], max(wanted[bucket] - covered, 0))
        shorts[bucket] = 0
        if missing:
            write(found, count, item, INCREASE, bucket, bucket, missing)
            count += 1
    return count
