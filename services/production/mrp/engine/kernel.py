"""The compiled engine: `net.py` again, over arrays, bit for bit the same orders.

Items are pulled in planning order: an item adds up what its parents' orders take into one scratch
row that stays in the cache, and walks it once. Only orders are kept; there is no table of items by
buckets. Imported only where numba is to be had (`engines.py`).
"""
# Typed by numba when it compiles; its arrays have no static types worth writing.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN001, ANN201

from services.production.mrp.engine import shelf_kernel as shelf
from services.production.mrp.engine import substitute_kernel as substitutes
from services.production.mrp.engine.machine import compiled, inlined
from services.production.mrp.engine.snapshot import NEVER

USED, FULL, TOOK = 0, 1, 2  # of an arena's tally


@inlined
def add_needs(c, arena, item, gross, until):
    """What the item's own demands, its parents' orders and its mains take, by bucket.

    Of its mains, those it stands in for, only what is planned before a place `until`.
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
        per, days = (c.numerator[edge], c.denominator[edge]), (c.first[edge], c.last[edge])
        add_taken_by(arena.release, arena.start, begin, end, per, days, gross)
    if c.main_at[item] < c.main_at[item + 1]:
        substitutes.add_taken(c, arena, item, gross, until)


@compiled
def add_taken_by(releases, starts, begin, end, per, days, gross):
    """What a parent's orders take of a line, by bucket. Most lines are of whole units, always."""
    (top, below), (first, last) = per, days
    if below == 1 and first <= 0 and last >= len(gross) - 1:
        for place in range(begin, end):
            gross[max(releases[place], 0)] += starts[place] * top
        return
    for place in range(begin, end):
        bucket = max(releases[place], 0)
        if first <= bucket <= last:
            gross[bucket] += (starts[place] * top + below - 1) // below


@inlined
def before(working, day_number, day_bucket, bucket, time):
    if not working:
        return bucket - time
    place = day_number[bucket] - time
    return day_bucket[place] if place >= 0 else place


@inlined
def sized(wanted, minimum, maximum, multiple):
    """The good quantity of the next order of those that cover what is wanted."""
    size = wanted if multiple == 1 else (wanted + multiple - 1) // multiple * multiple
    size = max(size, minimum)
    return min(size, maximum) if maximum else size


@inlined
def begun(size, good, started):
    """What must be started so that the yield leaves the size."""
    return size if good == started else (size * started + good - 1) // good


@inlined
def taking(start, fixed, unit_time, unit_time_of):
    """How long before its need an order of this size starts."""
    return fixed + (start * unit_time + unit_time_of - 1) // unit_time_of if unit_time else fixed


@compiled
def emit(c, arena, item, need, wanted, minimum, multiple):
    """Write the orders that cover what is wanted; answers their sum, -1 when the arena is full."""
    maximum, good, started = c.maximum[item], c.good[item], c.started[item]
    fixed = c.safety_time[item] + c.lead[item]
    total = 0
    while wanted > 0:
        place = arena.tally[USED]
        if place == len(arena.need):
            arena.tally[FULL] = 1
            return -1
        size = sized(wanted, minimum, maximum, multiple)
        start = begun(size, good, started)
        time = taking(start, fixed, c.unit_time[item], c.unit_time_of[item])
        arena.need[place], arena.start[place], arena.quantity[place] = need, start, size
        arena.release[place] = before(c.working[item], c.day_number, c.day_bucket, need, time)
        arena.tally[USED] = place + 1
        wanted -= size
        total += size
    return total


# An array is counted each time it is taken out of a tuple, and that costs more than an order:
# what runs once per order gets its arrays as arguments, taken out once per item.


@inlined
def net_plain(c, arena, item, rows, begin, kept):
    """Stock without expiry is one number. The first `kept` orders, before `begin`, stand."""
    left = c.stock[item] + balance(rows.arriving, rows.gross, begin)
    left += total(arena.quantity, arena.at[item], kept)
    lot = (c.minimum[item], c.maximum[item], c.multiple[item], c.periods[item])
    made = (c.good[item], c.started[item], c.fence[item], c.working[item])
    time = (c.safety_time[item] + c.lead[item], c.unit_time[item], c.unit_time_of[item])
    used = walk(
        begin, c.buckets, left, lot, made, time, rows.gross, rows.arriving, rows.safety,
        c.day_number, c.day_bucket,
        arena.need, arena.release, arena.start, arena.quantity, arena.tally[USED],
    )  # fmt: skip
    if used < 0:
        arena.tally[FULL] = 1
    else:
        arena.tally[USED] = used


@compiled
def balance(arriving, gross, begin):
    left = 0
    for bucket in range(begin):
        left += arriving[bucket] - gross[bucket]
    return left


@compiled
def total(quantities, begin, count):
    found = 0
    for place in range(begin, begin + count):
        found += quantities[place]
    return found


@compiled
def walk(
    begin, buckets, left, lot, made, time, gross, arriving, safety,
    day_number, day_bucket, needs, releases, starts, quantities, place,
):  # fmt: skip
    """Order what is short, bucket by bucket, from `place` on; the next place, -1 when full."""
    minimum, maximum, multiple, periods = lot
    good, started, fence, working = made
    fixed, unit_time, unit_time_of = time
    for bucket in range(begin, buckets):
        left += arriving[bucket] - gross[bucket]
        wanted = safety[bucket] - left
        if wanted <= 0 or bucket < fence:
            continue
        running = left
        for ahead in range(bucket + 1, min(bucket + periods, buckets)):
            running += arriving[ahead] - gross[ahead]
            wanted = max(wanted, safety[ahead] - running)
        while wanted > 0:
            if place >= len(needs):
                return -1
            size = sized(wanted, minimum, maximum, multiple)
            start = begun(size, good, started)
            earlier = taking(start, fixed, unit_time, unit_time_of)
            needs[place], starts[place], quantities[place] = bucket, start, size
            releases[place] = before(working, day_number, day_bucket, bucket, earlier)
            place += 1
            wanted -= size
            left += size
    return place


@compiled
def net_shelf(c, arena, item, rows):
    """Stock by expiry: the layers of shelf.py."""
    gross, arriving, safety = rows.gross, rows.arriving, rows.safety
    state, until, quantity = rows.shelf
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    shelf.clear(state)
    for place in range(c.lot_at[item], c.lot_at[item + 1]):
        shelf.receive(state, until, quantity, c.lot_quantity[place], c.lot_until[place])
    shelf.receive(state, until, quantity, c.stock[item], NEVER)
    swaps = c.alt_at[item] < c.alt_at[item + 1]
    if swaps:
        look_for_spares(c, arena, item, rows.spares)
    for bucket in range(c.buckets):
        shelf.expire(state, until, quantity, bucket, minimum_life)
        last = NEVER if life == NEVER else bucket + life
        shelf.receive(state, until, quantity, arriving[bucket], last)
        used = gross[bucket]
        if swaps:
            short = safety[bucket] + used - shelf.available(state, quantity)
            used -= substitutes.stand_in(c, arena, rows, item, bucket, short) if short > 0 else 0
            if arena.tally[FULL]:
                return
        shelf.use(state, quantity, used)
        if bucket < c.fence[item] or safety[bucket] - shelf.available(state, quantity) <= 0:
            continue
        soft = c.safety_time[item]
        receipt = max(before(c.working[item], c.day_number, c.day_bucket, bucket, soft), 0)
        last = NEVER if life == NEVER else receipt + life
        total = emit_fresh(c, arena, item, rows, bucket, last)
        if total < 0:
            return
        shelf.receive(state, until, quantity, total, last)


@compiled
def emit_fresh(c, arena, item, rows, bucket, last):
    """Orders for a shortage, no larger than what is used before they expire."""
    life, minimum_life = c.shelf_life[item], c.minimum_life[item]
    end = bucket + min(c.periods[item], last - minimum_life - bucket + 1)
    wanted = shelf.shortage(
        rows.shelf, rows.ahead, rows.gross, rows.arriving, rows.safety,
        bucket, end, life, minimum_life,
    )  # fmt: skip
    written = arena.tally[USED]
    total = emit(c, arena, item, bucket, wanted, c.minimum[item], c.multiple[item])
    end = last - minimum_life + 1
    if last == NEVER or total <= wanted or end > c.buckets:
        return total
    sellable = shelf.shortage(
        rows.shelf, rows.ahead, rows.gross, rows.arriving, rows.safety,
        bucket, end, life, minimum_life,
    )  # fmt: skip
    if total <= sellable:
        return total
    arena.tally[USED] = written
    return emit(c, arena, item, bucket, sellable, 0, 1)


@inlined
def simple(c, item):
    """Whether nothing of the item expires."""
    return c.lot_at[item] == c.lot_at[item + 1] and c.shelf_life[item] == NEVER


@inlined
def add_firm(c, item, arriving, safety):
    """The item's firm receipts and safety stock, by bucket."""
    arriving[:] = 0
    for place in range(c.receipt_at[item], c.receipt_at[item + 1]):
        arriving[c.receipt_bucket[place]] += c.receipt_quantity[place]
    safety[:] = 0
    for place in range(c.safety_at[item], c.safety_at[item + 1]):
        safety[c.safety_bucket[place] :] = c.safety_quantity[place]


@compiled
def look_for_spares(c, arena, item, spares):
    """A row for each of the item's substitutes: what it has, and what others want of it."""
    spares.held[0] = 0
    for place in range(c.alt_at[item], c.alt_at[item + 1]):
        other = c.alt_substitute[place]
        row = substitutes.spare_of(spares, other)
        if row < spares.held[0]:
            continue
        spares.held[0], spares.item[row], spares.given[row] = row + 1, other, 0
        add_needs(c, arena, other, spares.gross[row], item)
        add_firm(c, other, spares.arriving[row], spares.safety[row])
        substitutes.least_from(c, spares, row)


@inlined
def plan_item(c, arena, item, rows, begin, kept):
    """Write the item's orders behind all others, those for needs from `begin` on."""
    add_needs(c, arena, item, rows.gross, item)
    add_firm(c, item, rows.arriving, rows.safety)
    if simple(c, item) and c.alt_at[item] == c.alt_at[item + 1]:
        net_plain(c, arena, item, rows, begin, kept)
    else:
        net_shelf(c, arena, item, rows)


@compiled
def plan_from(c, arena, begin, rows):
    """Plan all items from `begin` on; answers the item at which the arena was full, or the end."""
    alt_at = c.alt_at
    for item in range(begin, len(c.stock)):
        written, took = arena.tally[USED], arena.tally[TOOK]
        plan_item(c, arena, item, rows, 0, 0)
        if arena.tally[FULL]:
            arena.tally[USED], arena.tally[TOOK], arena.tally[FULL] = written, took, 0
            return item
        if alt_at[item] < alt_at[item + 1]:
            substitutes.settle(arena, item, took)
        arena.at[item], arena.counts[item] = written, arena.tally[USED] - written
    return len(c.stock)
